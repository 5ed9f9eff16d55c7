import { mkdir, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { MetricsAdapter } from "asm-autoscaler";
import { observe, startLocalCluster } from "control-plane";
import { startReferenceSchedule } from "./referenceSchedule.ts";
import { deploymentObject, hpaObject, NAMESPACE, namespaceObject } from "./workload.ts";

/**
 * Reaction: from a step in traffic to the first scale-up and to full size, ours against a model of the reference's
 * schedule, in one run, under the real HPA controller (scrape 15 s, sync 15 s, window 1m). Each workload has an HPA
 * phase and a scrape phase of its own, and all of them get the step at once.
 */
const TRIALS = 6;
/** Workloads of one arm in one trial. With one alone the median of full size moves by a tenth from run to run. */
const WORKLOADS = 4;
const BASE = 5;
const STEP = 48;
const FULL_SIZE = 5;
/** At least the window and two scrapes, and then at no fixed phase of scrapes and syncs. */
const SETTLE_MS = 90_000 + Math.random() * 15_000;
const LIMIT_SECONDS = 300;
/** Ratios of medians, ours to the reference, that are promised. */
const BARS = { first: 0.75, full: 0.85 };

const arms = ["ours", "reference"] as const;
type Arm = (typeof arms)[number];

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
    ((trial + workload) % 2 === 0 ? arms : arms.toReversed()).map((arm) => ({
      arm,
      name: `${arm}-${trial + 1}-${workload + 1}`,
      trial: trial + 1,
    })),
  ).flat(),
).flat();
const say = (line: string) => process.stdout.write(`${line}\n`);

const cluster = await startLocalCluster({ onProgress: say });
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
    for (const { name } of names) {
      await apply(hpaObject(name));
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
  const of = (arm: Arm, what: "first" | "full") =>
    reactions.filter((reaction) => reaction.arm === arm).map((reaction) => reaction[what]);
  const both = (what: "first" | "full", figure: (values: readonly number[]) => unknown) => ({
    ours: figure(of("ours", what)),
    reference: figure(of("reference", what)),
  });
  const ratio = {
    first: median(of("ours", "first")) / median(of("reference", "first")),
    full: median(of("ours", "full")) / median(of("reference", "full")),
  };
  const range = (values: readonly number[]) => [Math.min(...values), Math.max(...values)];
  const summary = {
    at: new Date().toISOString(),
    setting: {
      trials: TRIALS,
      workloadsPerTrialAndArm: WORKLOADS,
      scrapeSeconds: 15,
      syncSeconds: 15,
      window: "1m",
      base: BASE,
      step: STEP,
      eventResolutionSeconds: 1,
    },
    medianSeconds: { first: both("first", median), full: both("full", median) },
    rangeSeconds: { first: both("first", range), full: both("full", range) },
    ratio,
    reactions,
  };
  const folder = new URL("../results/", import.meta.url);
  await mkdir(folder, { recursive: true });
  await writeFile(new URL("reaction.json", folder), `${JSON.stringify(summary, undefined, 2)}\n`);
  const { medianSeconds, rangeSeconds } = summary;
  say(JSON.stringify({ medianSeconds, rangeSeconds, ratio }));
  if (ratio.first >= BARS.first || ratio.full >= BARS.full) {
    say(`missed: the ratios should be below ${BARS.first} and ${BARS.full}`);
    process.exitCode = 1;
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
