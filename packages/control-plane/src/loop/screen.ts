import { formatMilli, parseQuantity } from "@asm-autoscaler/hpa-metrics";
import type { Sight } from "./observer.ts";

/** The demo's output: steps with the seconds since the start, and one live line. */
export interface Screen {
  step(text: string): void;
  /** The live line. A terminal rewrites it in place. Other outputs get a new line every ten seconds. */
  live(sight: Sight, perPod: number): void;
}

const PLAIN_INTERVAL_MS = 10_000;

/** The seconds since the start, as the beginning of a line. */
export function clockSince(began: number): string {
  return `${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s`;
}

/** Creates a screen on standard output. `began` is the start of the demo in unix ms. */
export function createScreen(began: number, output: NodeJS.WriteStream = process.stdout): Screen {
  let lastLive = 0;
  let open = false;
  const clock = () => clockSince(began);
  return {
    step(text) {
      if (open) output.write("\n");
      open = false;
      output.write(`${clock()}  ${text}\n`);
    },
    live(sight, perPod) {
      const line = `${clock()}  ${liveText(sight, perPod)}`;
      if (output.isTTY) {
        output.write(`\r\u001b[2K${line}`);
        open = true;
      } else if (sight.at - lastLive >= PLAIN_INTERVAL_MS) {
        lastLive = sight.at;
        output.write(`${line}\n`);
      }
    },
  };
}

/** `offered 45/s  reading 41.5/s = 8.3/10 per pod  replicas 5 (wanted 5)  █████` */
function liveText({ offered, reading, replicas, desired }: Sight, perPod: number): string {
  const rate = reading === undefined ? undefined : Number(parseQuantity(reading).milli) / 1000;
  const perPodNow =
    rate === undefined || replicas === 0 ? "-" : formatMilli(BigInt(Math.round((rate / replicas) * 1000)));
  const shown = rate === undefined ? "none yet" : `${rate.toFixed(1)}/s`;
  return (
    `offered ${String(offered).padStart(2)}/s   reading ${shown.padEnd(8)}   target ${perPodNow}/${perPod} per pod   ` +
    `replicas ${replicas} (wanted ${desired})  ${"█".repeat(replicas)}`
  );
}
