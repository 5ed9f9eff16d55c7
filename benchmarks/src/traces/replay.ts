import {
  judge,
  peakSize,
  perfectForecast,
  type Run,
  simulate,
  type Verdict,
} from "@asm-autoscaler/asm-autoscaler/backtest";
import {
  AUTOSCALERS,
  type Autoscaler,
  type Choice,
  MAX_REPLICAS,
  MIN_REPLICAS,
  settingOf,
  withTarget,
} from "./settings.ts";
import { CAPACITY, type ScaledTrace, scaled, TARGET, type Trace, WEEK_SECONDS } from "./trace.ts";
import { type TunedChoice, tunedChoice } from "./tuning.ts";

/** A column of the tables: an autoscaler, one that was chosen, or what shows the best that one can reach. */
export type Column = Autoscaler | "sameCost" | "tuned" | "peakSize" | "perfect";

/** What an autoscaler did on the judged weeks: means over the phases, but of the worst day, the worst. */
export interface Figures {
  readonly requestsAboveCapacity: number;
  readonly secondsAboveCapacity: number;
  /** Requests above capacity on the worst day. */
  readonly worstDay: number;
  readonly podHours: number;
  readonly scaleUps: number;
}

/** All columns of one trace with one pod start. */
interface StartResult {
  readonly columns: Readonly<Record<Column, Figures>>;
  /** Requests per second per pod, of Steady with as many pod-hours as with the forecast by weeks. */
  readonly sameCostTarget: number;
  /** What `tune` chose, in words. */
  readonly tuned: string;
}

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
  readonly starts: Readonly<Record<string, StartResult>>;
}

/** Times from a pod's creation to its readiness, in seconds. */
const POD_STARTS = [20, 60, 180] as const;
/** The last weeks are judged, the others are history, and what `tune` chooses on. */
const JUDGED_WEEKS = 2;
/** Where in their periods scrapes and syncs are. No result may depend on one of them. */
const PHASES = [0, 1 / 3, 2 / 3];
/** Targets are whole twentieths. */
const TARGET_STEPS = 20;

/** Replays the last weeks of a trace on all autoscalers, with each pod start. */
export function replayed(trace: Trace): TraceResult {
  const own = scaled(trace);
  const seconds = own.load.perSecond.length;
  const { from, to } = judgedOf(own);
  return {
    ...{ name: trace.name, about: trace.about, peakPods: trace.peakPods },
    factor: Number(own.factor.toPrecision(6)),
    weeks: Math.round(seconds / WEEK_SECONDS),
    requests: Math.round((own.load.sums[to] ?? 0) - (own.load.sums[from] ?? 0)),
    starts: Object.fromEntries(
      POD_STARTS.map((start) => [start, resultOf(trace, own, start, tunedChoice(trace, own, from, start))]),
    ),
  };
}

/** The judged seconds of a trace. */
function judgedOf({ load }: ScaledTrace): { readonly from: number; readonly to: number } {
  const to = load.perSecond.length;
  return { from: Math.max(0, to - JUDGED_WEEKS * WEEK_SECONDS), to };
}

function resultOf(trace: Trace, own: ScaledTrace, readyAfterSeconds: number, tuned: TunedChoice): StartResult {
  const figures = (choice: Choice) => figuresOf(own, choice, readyAfterSeconds);
  const autoscaled = Object.entries(AUTOSCALERS).map(([name, choiceOf]) => [name, figures(choiceOf(trace.schedule))]);
  const all = Object.fromEntries(autoscaled) as Record<Autoscaler, Figures>;
  const cheaper = Math.floor(((TARGET * all.steady.podHours) / all.week.podHours) * TARGET_STEPS) / TARGET_STEPS;
  const sameCostTarget = Math.min(TARGET, cheaper);
  const bounds = { minReplicas: MIN_REPLICAS, maxReplicas: MAX_REPLICAS, readyAfterSeconds };
  const judged = judgedOf(own);
  return {
    ...{ sameCostTarget, tuned: tuned.text },
    columns: {
      ...all,
      sameCost: figures(withTarget(sameCostTarget)),
      tuned: figures(tuned.choice),
      peakSize: meanOf([verdictOf(peakSize([own.load], CAPACITIES, judged))]),
      perfect: meanOf([verdictOf(perfectForecast([own.load], CAPACITIES, judged, bounds))]),
    },
  };
}

const CAPACITIES = [{ load: 0, requestsPerSecond: CAPACITY }];
const verdictOf = (run: Run) => judge(run, CAPACITIES);

/** What an autoscaler does on the judged weeks of a trace. */
export function figuresOf(own: ScaledTrace, choice: Choice, readyAfterSeconds: number): Figures {
  const settings = PHASES.map((phase) => settingOf(choice, readyAfterSeconds, phase));
  return meanOf(settings.map((setting) => verdictOf(simulate([own.load], setting, judgedOf(own)))));
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
