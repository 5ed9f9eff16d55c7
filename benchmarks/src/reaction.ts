import { figuresOf, missedBars } from "./reaction/figures.ts";
import { PARTS, windowsOf } from "./reaction/parts.ts";
import { playPart, STABILIZATION_SECONDS } from "./reaction/play.ts";
import { store } from "./store.ts";

/**
 * Reaction: from a step in traffic to the first scale-up and to full size: ours with both presets of `Reaction` and with
 * `reaction: direct`, against a model of the reference's schedule, under the real HPA controller (sync 15 s). `steady` and
 * the reference have the guide's window of a minute, `fast` one of three scrapes. Each workload has an HPA phase and a
 * scrape phase of its own, and all of them get the step at once, so the ratios are of one run.
 * `npm run reaction -w benchmarks [seconds between scrapes] [part or all] [workloads per arm]`, 15, all and 24 unless said
 * otherwise. The parts are in reaction/parts.ts; `large` makes 40 pods for each workload per arm.
 */
const scrapeSeconds = Number(process.argv[2] ?? 15);
const chosen = process.argv[3] ?? "all";
const workloads = Number(process.argv[4] ?? 24);
const say = (line: string) => void process.stdout.write(`${line}\n`);

const parts = PARTS.filter(({ name }) => chosen === "all" || name === chosen);
if (parts.length === 0) throw new Error(`no part ${chosen}; there are ${PARTS.map(({ name }) => name).join(", ")}`);
for (const part of parts) {
  const reactions = await playPart(part, { scrapeSeconds, workloads, say });
  const figures = figuresOf(part, reactions);
  const setting = {
    ...{ scrapeSeconds, syncSeconds: 15, workloadsPerArm: workloads, windowSeconds: windowsOf(scrapeSeconds) },
    downscaleStabilizationSeconds: STABILIZATION_SECONDS,
    eventResolutionSeconds: 1,
    ...part,
  };
  store(`reaction-${part.name === "step" ? "" : `${part.name}-`}scrape-${scrapeSeconds}`, {
    setting,
    ...figures,
    reactions,
  });
  say(JSON.stringify(figures));
  for (const missed of missedBars(part, figures)) {
    say(`missed: ${missed}`);
    process.exitCode = 1;
  }
}
