import type { BacktestArgs, ClusterArgs } from "./args";
import { type Simulated, simulatedHpa } from "./autoscaler";
import { BacktestError } from "./backtestError";
import { peakSize, perfectForecast } from "./baselines";
import { type BoundHpa, bind } from "./binding";
import { capacitiesOf } from "./capacity";
import { historyOf } from "./history";
import { loadOf } from "./load";
import type { Manifest } from "./manifest";
import type { Drawn } from "./plot";
import { readRulesFile } from "./ruleQuery";
import { type Setting, simulate } from "./simulate";
import { gapNotes } from "./traffic";
import { readTraffic } from "./trafficSource";
import { judge } from "./verdict";
import type { Outcome, Subject } from "./words";

/** An HPA of a comparison. */
export interface NamedManifest {
  /** `this change`, `now`. */
  readonly name: string;
  readonly manifest: Manifest;
}

/** What a backtest found. */
export interface Comparison {
  readonly subject: Subject;
  /** Of the HPAs, the first one first, and then of the baselines. */
  readonly outcomes: readonly Outcome[];
  /** The runs of the HPAs. */
  readonly drawn: readonly Drawn[];
}

/** Limit of a simulation, which needs time and memory for each pod. */
const MOST_PODS = 10_000;
const WEEK_SECONDS = 7 * 86_400;

/**
 * Replays traffic on one or two HPAs, and on the baselines.
 *
 * @param manifests The first one is the new one, the second one the current one.
 * @throws BacktestError
 */
export async function compare(manifests: readonly NamedManifest[], args: BacktestArgs): Promise<Comparison> {
  const rules = args.rules === undefined ? undefined : readRulesFile(args.rules);
  const hpas = manifests.map(({ name, manifest }) => ({
    name,
    hpa: simulatedHpa(manifest, args.downscaleStabilizationSeconds, rules),
  }));
  const [first, current] = hpas;
  if (!first) throw new RangeError("there is no HPA to simulate");
  for (const { hpa } of hpas) checkPods(hpa);
  const history = historyOf(
    hpas.map(({ hpa }) => hpa),
    args.historySeconds,
  );
  const read = await readTraffic(args.traffic, first.hpa, WEEK_SECONDS + history.wantedSeconds);
  const bound = hpas.map(({ name, hpa }) => ({ name, bound: bind(hpa, read.recordings, read.isOwn) }));
  const loads = read.recordings.map(({ traffic }) => loadOf(traffic));
  const judged = history.judged(loads[0]?.perSecond.length ?? 0);
  const [next, before] = bound as [(typeof bound)[number], (typeof bound)[number] | undefined];
  const baseline = (before ?? next).bound;
  const capacities = capacitiesOf(args.capacities, baseline, current === undefined);
  const begin = loads[0]?.startsAt;
  const startsAt = begin === undefined ? undefined : begin + judged.from;
  const drawn = bound.map(({ name, bound: one }): Drawn => {
    return { name, target: targetOf(one), run: simulate(loads, settingOf(one, args), judged) };
  });
  const { minReplicas, maxReplicas } = baseline.hpa.bounds;
  const bounds = { minReplicas, maxReplicas, readyAfterSeconds: args.readyAfterSeconds };
  const runs = [
    ...drawn,
    { name: "peak size", target: undefined, run: peakSize(loads, capacities, judged) },
    { name: "perfect forecast", target: undefined, run: perfectForecast(loads, capacities, judged, bounds) },
  ];
  return {
    subject: {
      ...{ id: first.hpa.id, traffic: read.name, capacities, startsAt, podHourPrice: args.podHourPrice },
      ignored: [...ignoredOf(next, before), ...history.notes(judged), ...gapNotes(read.recordings)],
    },
    outcomes: runs.map(({ name, target, run }) => ({ name, target, verdict: judge(run, capacities, startsAt) })),
    drawn,
  };
}

/** The setting of a simulation of an HPA in a cluster. */
export function settingOf({ hpa, metrics, scaled }: BoundHpa, cluster: ClusterArgs): Setting {
  const { scrapeIntervalSeconds, readyAfterSeconds, syncSeconds } = cluster;
  return {
    autoscaling: { ...hpa.bounds, metrics: scaled },
    sources: metrics.map(({ source }) => source),
    ...{ scrapeIntervalSeconds, readyAfterSeconds, syncSeconds, firstSync: 0 },
  };
}

/** The target of the first metric of requests. */
export function targetOf({ metrics, first }: BoundHpa): number {
  return metrics[first]?.target ?? Number.NaN;
}

/** @throws BacktestError for an HPA with more pods than can be simulated. */
export function checkPods({ id, bounds: { maxReplicas } }: Simulated): void {
  if (maxReplicas <= MOST_PODS) return;
  throw new BacktestError(
    "ASM_BACKTEST_INPUT",
    `maxReplicas of the HPA ${id} is ${maxReplicas}, and at most ${MOST_PODS} pods are simulated`,
    "Lower maxReplicas in the file",
  );
}

interface NamedBound {
  readonly name: string;
  readonly bound: BoundHpa;
}

/** What does not count, of both HPAs. A line that only the current HPA has names it. */
function ignoredOf(next: NamedBound, before: NamedBound | undefined): string[] {
  const own = next.bound.ignored;
  const others = before?.bound.ignored.filter((line) => !own.includes(line)) ?? [];
  return [...own, ...others.map((line) => `${before?.name}: ${line}`)];
}
