import { PERIOD_SECONDS } from "@asm-autoscaler/hpa-metrics";
import type { ClusterArgs, TrafficArgs } from "../backtest/args";
import { type Simulated, simulatedHpa } from "../backtest/autoscaler";
import { perfectForecast } from "../backtest/baselines";
import { type BoundHpa, bind } from "../backtest/binding";
import { capacitiesOf, type KnownCapacity } from "../backtest/capacity";
import { checkPods, settingOf, targetOf } from "../backtest/comparison";
import { historyOf } from "../backtest/history";
import { type Load, loadOf } from "../backtest/load";
import type { Manifest } from "../backtest/manifest";
import { type Judged, type Run, type Setting, simulate } from "../backtest/simulate";
import { gapNotes } from "../backtest/traffic";
import { readTraffic } from "../backtest/trafficSource";
import { judge } from "../backtest/verdict";
import { type Choice, choose } from "./choice";
import { daysOf, type Ground, hardestFirst, type Limit, meanScore, type Score } from "./evaluation";
import { scheduleFromTraffic } from "./scheduleFromTraffic";
import { search, type Tried } from "./search";
import { type Candidate, withCandidate } from "./setting";
import { anticipateFor, type Fixed, spaceOf } from "./space";
import { HISTORY_SECONDS, periodsWithin, type Split, splitOf } from "./split";

/** How an HPA is tuned. */
export interface TuneArgs extends ClusterArgs {
  readonly traffic: TrafficArgs;
  /** Undefined: one of 10,000 requests of a mean day. */
  readonly limit: Limit | undefined;
  readonly without: readonly Fixed[];
  /** Undefined: what the settings that are tried need. */
  readonly historySeconds: number | undefined;
}

/** A setting with its numbers on the days that it was not chosen on. */
export interface Row {
  readonly candidate: Candidate;
  readonly training: Score;
  readonly report: Score;
}

/** An HPA, tuned. */
export interface Tuned {
  readonly id: string;
  readonly traffic: string;
  readonly limit: Limit;
  /** Of a mean day of the report, what is above capacity with `maxReplicas` pods, whatever the setting. */
  readonly unavoidable: number;
  readonly capacities: readonly KnownCapacity[];
  readonly startsAt: number | undefined;
  readonly split: Split;
  readonly verdict: Choice["verdict"];
  /** From the fewest pod-hours on. */
  readonly rows: readonly Row[];
  readonly today: Row;
  readonly chosen: Row;
  /** The HPA as it is, and with the chosen setting. */
  readonly before: Manifest;
  readonly after: Manifest;
  /** Settings that were simulated, and seconds of traffic for each. */
  readonly settings: number;
  readonly bound: BoundHpa;
  readonly ignored: readonly string[];
  /** The report days once more, with the setting of today and with the chosen one. */
  runs(): { readonly today: Run; readonly chosen: Run };
}

/** Share of the requests that may be above capacity if no limit is given. */
const USUAL_SHARE = 1 / 10_000;
const DAY_SECONDS = 86_400;
const USUAL_SECONDS = 28 * DAY_SECONDS;

/**
 * Finds the setting of an HPA that holds a limit at the least pod-hours.
 *
 * @param onProgress Called after each simulated setting; the total is an estimate.
 * @throws BacktestError
 */
export async function tuned(
  manifest: Manifest,
  args: TuneArgs,
  onProgress: (done: number, total: number) => void,
): Promise<Tuned> {
  const hpa = simulatedHpa(manifest, args.downscaleStabilizationSeconds);
  checkPods(hpa);
  const read = await readTraffic(args.traffic, hpa, USUAL_SECONDS);
  const bound = bind(hpa, read.recordings, read.isOwn);
  const loads = read.recordings.map(({ traffic }) => loadOf(traffic));
  const capacities = capacitiesOf(args.capacities, bound, true);
  const [first, load] = [capacities[0], loads[capacities[0]?.load ?? 0]];
  if (!first || !load) throw new RangeError("there is no capacity");
  const { length } = load.perSecond;
  const isFree = !bound.metrics.some(({ source }) => source.kind === "anticipated" || source.kind === "clock");
  const periods = isFree && !args.without.includes("anticipate") ? periodsWithin(length) : [];
  const longest = periods.includes("Week") ? HISTORY_SECONDS.Week : periods.includes("Day") ? HISTORY_SECONDS.Day : 0;
  const needed = Math.max(longest, historyOf([hpa], undefined).judged(length).from);
  const split = splitOf(length, args.historySeconds ?? needed);
  const limit = args.limit ?? usualLimit(load, split.training);
  const unavoidable = (part: Judged) => unavoidableOf({ loads, capacities, limit }, hpa, part, args.readyAfterSeconds);
  const [inTraining, inReport] = [unavoidable(split.training), unavoidable(split.report)];
  const ground: Ground = { loads, capacities, limit: { ...limit, perDay: limit.perDay + inTraining } };

  const settings = new Map<string, Setting>();
  const settingFor = (candidate: Candidate): Setting => {
    const key = JSON.stringify(candidate);
    const known = settings.get(key) ?? settingOf(boundWith(candidate), args);
    settings.set(key, known);
    return known;
  };
  const manifestWith = (candidate: Candidate) => withCandidate(manifest, bound, candidate, args.scrapeIntervalSeconds);
  const boundWith = (candidate: Candidate) =>
    bind(simulatedHpa(manifestWith(candidate), args.downscaleStabilizationSeconds), read.recordings, read.isOwn);

  const today: Candidate = { target: targetOf(bound), minReplicas: hpa.bounds.minReplicas };
  const days = hardestFirst(ground, settingFor(today), daysOf(split.training, load.startsAt));
  const schedule =
    isFree && !args.without.includes("schedule") ? scheduleFromTraffic(load, split.training, today.target) : undefined;
  const aheads = [
    {},
    ...periods.map((period) => ({ anticipate: anticipateFor(PERIOD_SECONDS[period], args) })),
    ...(schedule ? [{ schedule }] : []),
  ];
  const space = spaceOf(bound, args.without, {
    capacity: first.requestsPerSecond,
    load,
    training: split.training,
    aheads,
    today,
  });
  const all = search({ ground, days, today, space, settingOf: settingFor, onProgress });
  const choice = choose(ground, days, all, settingFor);
  const reportDays = daysOf(split.report, load.startsAt);
  const rowOf = ({ candidate, score }: Tried): Row => ({
    ...{ candidate, training: score },
    report: split.isApart ? meanScore(ground, settingFor(candidate), reportDays) : score,
  });
  const rows = choice.front.map(rowOf);
  const rowFor = (one: Tried) => rows[choice.front.indexOf(one)] ?? rowOf(one);
  const [todayRow, chosenRow] = [rowFor(choice.today), rowFor(choice.chosen)];
  return {
    ...{
      id: hpa.id,
      traffic: read.name,
      limit,
      capacities,
      split,
      bound,
      verdict: choice.verdict,
      ignored: [...bound.ignored, ...gapNotes(read.recordings)],
    },
    ...{ startsAt: load.startsAt, unavoidable: inReport },
    rows: rows.filter((row) => row === todayRow || row === chosenRow || !isBeaten(row, rows, limit)),
    ...{ today: todayRow, chosen: chosenRow },
    before: manifest,
    after: choice.chosen === choice.today ? manifest : manifestWith(choice.chosen.candidate),
    settings: all.length,
    runs: () => ({
      today: simulate(loads, settingFor(today), split.report),
      chosen: simulate(loads, settingFor(choice.chosen.candidate), split.report),
    }),
  };
}

/** Whether another row is better in one number on the report days, and at least equal in the other. */
function isBeaten({ report }: Row, rows: readonly Row[], { counts }: Limit): boolean {
  const above = (score: Score) => (counts === "requests" ? score.requestsAbove : score.secondsAbove);
  return rows.some(
    ({ report: other }) =>
      other !== report &&
      above(other) <= above(report) &&
      other.podHours <= report.podHours &&
      (above(other) < above(report) || other.podHours < report.podHours),
  );
}

/** What even a perfect forecast has above capacity on a mean day, because `maxReplicas` is too small. */
function unavoidableOf(
  { loads, capacities, limit }: Ground,
  { bounds: { minReplicas, maxReplicas } }: Simulated,
  part: Judged,
  readyAfterSeconds: number,
): number {
  const run = perfectForecast(loads, capacities, part, { minReplicas, maxReplicas, readyAfterSeconds });
  const { requestsAboveCapacity, secondsAboveCapacity, seconds } = judge(run, capacities);
  return ((limit.counts === "requests" ? requestsAboveCapacity : secondsAboveCapacity) * DAY_SECONDS) / seconds;
}

function usualLimit({ sums }: Load, { from, to }: Judged): Limit {
  const requests = (sums[to] ?? 0) - (sums[from] ?? 0);
  return { counts: "requests", perDay: ((requests * DAY_SECONDS) / (to - from)) * USUAL_SHARE };
}
