import {
  judge,
  peakSize,
  perfectForecast,
  type Run,
  simulate,
  type Verdict,
} from "@asm-autoscaler/asm-autoscaler/backtest";
import { AUTOSCALERS, type Autoscaler, MAX_REPLICAS, MIN_REPLICAS, POD_STARTS, settingOf } from "./settings.ts";
import { CAPACITY, scaled, type Trace, WEEK_SECONDS } from "./trace.ts";

/** What is not an autoscaler, but shows what one can reach. */
export const BASELINES = ["peakSize", "perfect"] as const;

/** A column of the tables. */
export type Column = Autoscaler | (typeof BASELINES)[number];

/** What an autoscaler did on the judged weeks: means over the phases, but of the worst day, the worst. */
export interface Figures {
  readonly requestsAboveCapacity: number;
  readonly secondsAboveCapacity: number;
  /** Requests above capacity on the worst day. */
  readonly worstDay: number;
  readonly podHours: number;
  readonly scaleUps: number;
}

/** All autoscalers on one trace with one pod start. */
export type Columns = Readonly<Record<Column, Figures>>;

/** The stored result of a trace. */
export interface TraceResult {
  readonly name: string;
  readonly about: string;
  readonly peakPods: number;
  /** What the points of the trace were multiplied by. */
  readonly factor: number;
  readonly weeks: number;
  /** Requests of the judged weeks. */
  readonly requests: number;
  /** By the pod start in seconds. */
  readonly starts: Readonly<Record<string, Columns>>;
}

/** The last weeks are judged, the others are history. */
export const JUDGED_WEEKS = 2;
/** Where in their periods scrapes and syncs are. No result may depend on one of them. */
const PHASES = [0, 1 / 3, 2 / 3];

/** Replays the last weeks of a trace on all autoscalers, with each pod start. */
export function replayed(trace: Trace): TraceResult {
  const { factor, load } = scaled(trace);
  const seconds = load.perSecond.length;
  const judged = { from: Math.max(0, seconds - JUDGED_WEEKS * WEEK_SECONDS), to: seconds };
  const capacities = [{ load: 0, requestsPerSecond: CAPACITY }];
  const verdictOf = (run: Run) => judge(run, capacities, trace.startsAt + judged.from);
  const columnsOf = (readyAfterSeconds: number): Columns => {
    const bounds = { minReplicas: MIN_REPLICAS, maxReplicas: MAX_REPLICAS, readyAfterSeconds };
    const autoscaled = AUTOSCALERS.map((autoscaler) => {
      const settings = PHASES.map((phase) => settingOf(autoscaler, trace.schedule, readyAfterSeconds, phase));
      return [autoscaler, meanOf(settings.map((setting) => verdictOf(simulate([load], setting, judged))))] as const;
    });
    return {
      ...(Object.fromEntries(autoscaled) as Record<Autoscaler, Figures>),
      peakSize: meanOf([verdictOf(peakSize([load], capacities, judged))]),
      perfect: meanOf([verdictOf(perfectForecast([load], capacities, judged, bounds))]),
    };
  };
  return {
    ...{ name: trace.name, about: trace.about, peakPods: trace.peakPods },
    factor: Number(factor.toPrecision(6)),
    weeks: Math.round(seconds / WEEK_SECONDS),
    requests: Math.round((load.sums[judged.to] ?? 0) - (load.sums[judged.from] ?? 0)),
    starts: Object.fromEntries(POD_STARTS.map((start) => [start, columnsOf(start)])),
  };
}

function meanOf(verdicts: readonly Verdict[]): Figures {
  const mean = (of: (verdict: Verdict) => number) =>
    verdicts.reduce((sum, verdict) => sum + of(verdict), 0) / verdicts.length;
  return {
    requestsAboveCapacity: Math.round(mean((verdict) => verdict.requestsAboveCapacity)),
    secondsAboveCapacity: Math.round(mean((verdict) => verdict.secondsAboveCapacity)),
    worstDay: Math.round(Math.max(...verdicts.map(({ worstDay }) => worstDay?.requestsAboveCapacity ?? 0))),
    podHours: Math.round(mean((verdict) => verdict.podHours)),
    scaleUps: Math.round(mean((verdict) => verdict.scaleUps)),
  };
}
