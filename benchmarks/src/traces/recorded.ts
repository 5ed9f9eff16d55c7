import { readFileSync } from "node:fs";
import type { ScheduledReplicas } from "@asm-autoscaler/hpa-metrics";
import type { Trace } from "./trace.ts";

interface Recording {
  readonly about: string;
  readonly peakPods: number;
  /** By the times of the file. */
  readonly schedule: readonly ScheduledReplicas[];
}

const hours = (from: number, to: number) => ({ from: from * 60, to: to * 60 });

/** Recorded traces by the names of their files in `benchmarks/traces`, which say where they are from. */
const RECORDINGS: Readonly<Record<string, Recording>> = {
  "nyc-taxi": {
    about: "Taxi passengers in New York by half-hour, recorded in 2014; Thanksgiving is in its last week.",
    peakPods: 30,
    schedule: [
      { replicas: 17, ...hours(7, 23), days: [1, 2, 3, 4, 5] },
      { replicas: 20, ...hours(10, 2), days: [6, 0] },
    ],
  },
};

/** Names of the recorded traces. */
export const RECORDED_NAMES: readonly string[] = Object.keys(RECORDINGS);

/** Reads a recorded trace. @param name One of `RECORDED_NAMES`. */
export function recordedTrace(name: string): Trace {
  const recording = RECORDINGS[name];
  if (!recording) throw new RangeError(`there is no recorded trace ${name}`);
  const file = readFileSync(new URL(`../../traces/${name}.csv`, import.meta.url), "utf8");
  return { name, ...recording, ...pointsOf(file) };
}

/** Reads CSV that `load.ts` wrote: evenly spaced points. */
function pointsOf(file: string): Pick<Trace, "startsAt" | "stepSeconds" | "points"> {
  const rows = file.split("\n").filter((line) => /^\d/.test(line));
  const read = rows.map((line) => {
    const [time = "", rate] = line.split(",");
    return { at: /^\d+$/.test(time) ? Number(time) : Date.parse(time) / 1000, rate: Number(rate) };
  });
  const [startsAt, next] = [read[0]?.at ?? Number.NaN, read[1]?.at ?? Number.NaN];
  const stepSeconds = next - startsAt;
  const odd = read.find(({ at, rate }, index) => at !== startsAt + index * stepSeconds || !(rate >= 0));
  if (!(stepSeconds > 0) || odd) throw new RangeError(`the points are not evenly spaced at ${odd?.at ?? startsAt}`);
  return { startsAt, stepSeconds, points: Float64Array.from(read, ({ rate }) => rate) };
}
