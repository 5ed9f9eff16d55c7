import { setTimeout as delay } from "node:timers/promises";
import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler";
import { observe, startLocalCluster } from "control-plane";
import { startReferenceSchedule } from "./referenceSchedule.ts";
import { store } from "./store.ts";
import { deploymentObject, hpaObject, NAMESPACE, namespaceObject } from "./workload.ts";

/**
 * Reaction: from a step in traffic to the first scale-up and to full size: ours with both presets of `Reaction`, against a
 * model of the reference's schedule, in one run, under the real HPA controller (sync 15 s). `steady` and the reference
 * have the guide's window of a minute, `fast` one of three scrapes. Each workload has an HPA phase and a scrape phase of
 * its own, and all of them get the step at once.
 * `npm run reaction -w benchmarks [seconds between scrapes]`, 15 unless said otherwise.
 */
const SCRAPE_SECONDS = Number(process.argv[2] ?? 15);
const TRIALS = 6;
/** Workloads of one arm in one trial. With one alone the median of full size moves by a tenth from run to run. */
const WORKLOADS = 4;
const BASE = 5;
const STEP = 48;
const FULL_SIZE = 5;
/** At least the window and two scrapes, and then at no fixed phase of scrapes and syncs. */
const SETTLE_MS = 90_000 + Math.random() * 15_000;
const LIMIT_SECONDS = 300;
/**
 * Ratios of means, steady to the reference, that are promised. Of means, since full size has two humps: some workloads go
 * to five pods at once, the others wait at four until the window has forgotten what new pods counted before their first
 * scrape; a median falls into the gap between the humps, on one side in one run and on the other in the next.
 */
const BARS = { first: 0.75, full: 0.85 };

/** The arms and their windows, seconds. */
const windows = { steady: 60, fast: 3 * SCRAPE_SECONDS, reference: 60 } as const;
type Arm = keyof typeof windows;
const arms = Object.keys(windows) as Arm[];

/** Seconds from the step to the first scale-up and to full size of one workload. */
interface Reaction {
  readonly arm: Arm;
  readonly trial: number;
  readonly first: number;
  readonly full: number;
}

/** Arms alternate, and so does which goes first, so that neither has a part of the sync period for itself. */
const names = Array.from({ length: TRIALS }, (_, trial) =>
  Array.from({ length: WORKLOADS }, (_, workload) =>
    arms
      .map((_, index) => arms[(trial + workload + index) % arms.length] as Arm)
      .map((arm) => ({
        arm,
        name: `${arm}-${trial + 1}-${workload + 1}`,
        trial: trial + 1,
      })),
  ).flat(),
).flat();
const say = (line: string) => process.stdout.write(`${line}\n`);

const cluster = await startLocalCluster({ scrapeIntervalSeconds: SCRAPE_SECONDS, onProgress: say });
const { controlPlane, engine, traffic } = cluster;
try {
  const schedule = await startReferenceSchedule(
    controlPlane.prometheusUrl,
    controlPlane.addresses.component(20),
    (query) => query.includes('"reference-'),
  );
  try {
    const program = async () => {
      new MetricsAdapter("adapter", { prometheus: { url: schedule.url } });
    };
    await (await engine.stack({ project: "reaction", stack: "adapter", program })).up();
    say("adapter is up; creating workloads");
    await apply(namespaceObject());
    for (const { name } of names) {
      await apply(deploymentObject(name));
      traffic.offer({ namespace: NAMESPACE, workload: name, service: name }, BASE);
    }
    // Spread over a sync period, as the HPAs of a cluster are.
    for (const { arm, name } of names) {
      await apply(hpaObject(name, windows[arm]));
      await delay((Math.random() * 30_000) / names.length);
    }
    say(`settling for ${(SETTLE_MS / 1000).toFixed(0)} s at ${BASE} requests per second each`);
    await delay(SETTLE_MS);

    const observers = names.map(({ arm, name, trial }) => ({
      arm,
      trial,
      observer: observe(controlPlane, NAMESPACE, name),
    }));
    const stepAt = Date.now();
    for (const { name } of names) traffic.offer({ namespace: NAMESPACE, workload: name, service: name }, STEP);
    say(`step to ${STEP} requests per second`);
    const reactions = await Promise.all(
      observers.map(async ({ arm, trial, observer }) => {
        await observer.until("full size", LIMIT_SECONDS, () => observer.rescales.some(({ to }) => to >= FULL_SIZE));
        observer.stop();
        const since = (at: number | undefined) => ((at ?? Number.NaN) - stepAt) / 1000;
        const full = observer.rescales.find(({ to }) => to >= FULL_SIZE);
        const reaction = { arm, trial, first: since(observer.rescales[0]?.at), full: since(full?.at) };
        say(`${arm}, trial ${trial}: first scale-up after ${reaction.first} s, full size after ${reaction.full} s`);
        return reaction;
      }),
    );
    await report(reactions);
  } finally {
    await schedule.stop();
  }
} finally {
  await cluster.stop();
}

async function apply(object: object): Promise<void> {
  await controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify(object));
}

async function report(reactions: readonly Reaction[]): Promise<void> {
  const figures = (what: "first" | "full") =>
    Object.fromEntries(
      arms.map((arm) => {
        const values = reactions.filter((reaction) => reaction.arm === arm).map((reaction) => reaction[what]);
        const range = [Math.min(...values), Math.max(...values)];
        return [arm, { mean: mean(values), median: median(values), range }];
      }),
    ) as Record<Arm, { mean: number; median: number; range: number[] }>;
  const seconds = { first: figures("first"), full: figures("full") };
  const ratios = (what: "first" | "full", arm: Arm) => ({
    ofMeans: seconds[what][arm].mean / seconds[what].reference.mean,
    ofMedians: seconds[what][arm].median / seconds[what].reference.median,
  });
  const ratio = {
    steady: { first: ratios("first", "steady"), full: ratios("full", "steady") },
    fast: { first: ratios("first", "fast"), full: ratios("full", "fast") },
  };
  const setting = {
    trials: TRIALS,
    workloadsPerTrialAndArm: WORKLOADS,
    scrapeSeconds: SCRAPE_SECONDS,
    syncSeconds: 15,
    windowSeconds: windows,
    base: BASE,
    step: STEP,
    eventResolutionSeconds: 1,
  };
  store(`reaction-scrape-${SCRAPE_SECONDS}`, { setting, seconds, ratio, reactions });
  say(JSON.stringify({ seconds, ratio }));
  const { first, full } = ratio.steady;
  if (first.ofMeans >= BARS.first || full.ofMeans >= BARS.full) {
    say(`missed: the ratios of means should be below ${BARS.first} and ${BARS.full}`);
    process.exitCode = 1;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2;
}
