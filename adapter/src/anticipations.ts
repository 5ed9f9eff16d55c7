import {
  anticipationOf,
  counted,
  historyQuery,
  type MetricSpec,
  type Problem,
  parseQuery,
  problem,
  type Query,
} from "@asm-autoscaler/hpa-metrics";
import { type Clock, stepStart } from "./clock.ts";
import type { HpaEvents } from "./events/hpaEvents.ts";
import type { Listener } from "./externalMetrics.ts";
import type { MetricRegistry } from "./hpas/metricRegistry.ts";
import { createPauses, pause } from "./kubernetes/pause.ts";
import type { Prometheus } from "./prometheus/prometheus.ts";
import type { Readings } from "./readings/readings.ts";

/** The loads that are anticipated: reads those that nobody asks for, and tells owners what limits them. */
export interface Anticipations {
  /** The number of earlier periods with history. Undefined until it was counted, and for a query of another form. */
  periodsWithHistory(spec: MetricSpec): number | undefined;
  /** Reads and counts what is due. */
  pass(): Promise<void>;
  /** Makes a pass each minute until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface AnticipationsOptions {
  metricRegistry: Pick<MetricRegistry, "allHpaMetrics">;
  readings: Pick<Readings, "observe">;
  prometheus: Pick<Prometheus, "evaluate">;
  listener: Pick<Listener, "served" | "troubled" | "well">;
  events: Pick<HpaEvents, "troubled">;
  /** The pods that the anticipated load needs, if they are more than `maxReplicas`, which is `most`. */
  beyondMaximum(hpa: string, spec: MetricSpec): { readonly wanted: number; readonly most: number } | undefined;
  clock: Clock;
}

/** Time between two passes, in milliseconds: the step of the queries. */
const PASS_MS = 60_000;
/** Time between two counts of the history of a load, in milliseconds. */
const COUNT_MS = 3_600_000;
/** Maximum number of reads that start together, and of counts in one pass. The others follow. */
const MOST_READS = 500;
const MOST_COUNTS = 100;

/** One load that is anticipated for an HPA. */
interface Anticipated {
  readonly hpa: string;
  readonly namespace: string;
  readonly spec: MetricSpec;
}

/** Creates the reader. Nothing is read before the first pass. */
export function createAnticipations(options: AnticipationsOptions): Anticipations {
  const { metricRegistry, readings, prometheus, listener, events, beyondMaximum, clock } = options;
  const known = new WeakMap<MetricSpec, { readonly periods: number; readonly countedAt: number }>();
  /** When the history was last asked for, also without an answer. */
  const askedAt = new WeakMap<MetricSpec, number>();

  const observe = async ({ hpa, spec }: Anticipated) => {
    const outcome = await readings.observe(spec);
    if (outcome.ok) listener.served(hpa, spec, outcome.reading);
    const { trouble } = outcome;
    // It is never an error of the HPA: the HPA does not ask for it.
    if (trouble) listener.troubled(hpa, spec.queryKey, trouble.problem, { trouble, refused: false });
    else if (outcome.ok) listener.well(hpa, spec.queryKey);
  };

  const isDue = ({ spec }: Anticipated) => {
    const count = known.get(spec);
    return count === undefined || clock.monotonic() - count.countedAt >= COUNT_MS;
  };

  /** What is due, without those that do not fit in one pass. What got no answer comes last and keeps nobody out. */
  const dueOf = (all: readonly Anticipated[]) => {
    const lastAsked = ({ spec }: Anticipated) => askedAt.get(spec) ?? -1;
    return all
      .filter(isDue)
      .sort((one, other) => lastAsked(one) - lastAsked(other))
      .slice(0, MOST_COUNTS);
  };

  const count = async (due: readonly Anticipated[]) => {
    const inTurns = createPauses();
    const asked: (Anticipated & { readonly query: Query; readonly periods: number })[] = [];
    for (const one of due) {
      await inTurns();
      askedAt.set(one.spec, clock.monotonic());
      const anticipation = anticipationOf(one.spec.query);
      const parsed = anticipation && parseQuery(historyQuery(anticipation));
      if (parsed?.ok) asked.push({ ...one, query: parsed.query, periods: anticipation?.anticipate.periods ?? 0 });
    }
    const questions = asked.map(({ spec: { server }, query, namespace }) => ({
      server,
      query,
      namespaces: [namespace],
    }));
    const answers = await Promise.all(prometheus.evaluate(questions, stepStart(clock.wall(), PASS_MS)));
    for (const [index, { hpa, spec, periods }] of asked.entries()) {
      const answer = answers[index];
      const [sample] = answer?.ok ? answer.samples : [];
      if (!sample) continue;
      known.set(spec, { periods: sample.value, countedAt: clock.monotonic() });
      if (sample.value < periods) tell(hpa, spec, "history", shortHistory(spec, sample.value, periods));
    }
  };

  const tell = (hpa: string, { queryKey }: MetricSpec, what: string, found: Problem) =>
    events.troubled(hpa, `${what} of ${queryKey}`, found, { refused: false });

  const pass = async () => {
    const inTurns = createPauses();
    const all: Anticipated[] = [];
    for (const { hpa, specs } of metricRegistry.allHpaMetrics()) {
      await inTurns();
      for (const spec of specs)
        if (spec.anticipates !== undefined) all.push({ hpa: hpa.id, namespace: hpa.namespace, spec });
    }
    const observed = all.filter(({ spec }) => spec.isObserved);
    for (let start = 0; start < observed.length; start += MOST_READS)
      await Promise.all(observed.slice(start, start + MOST_READS).map(observe));
    await count(dueOf(all));
    for (const { hpa, spec } of all) {
      await inTurns();
      const beyond = beyondMaximum(hpa, spec);
      if (beyond) tell(hpa, spec, "maximum", overMaximum(spec, beyond));
    }
  };

  return {
    periodsWithHistory: (spec) => known.get(spec)?.periods,
    pass,
    async run(signal) {
      while (!signal.aborted) {
        await pause(PASS_MS - (clock.wall() % PASS_MS), signal);
        if (!signal.aborted) await pass();
      }
    },
  };
}

function shortHistory({ queryKey }: MetricSpec, found: number, periods: number): Problem {
  return problem(
    "ASM_ANTICIPATION_HISTORY",
    `the query in "${queryKey}" finds history of ${found} of ${counted(periods, "period")}, and the others count as 0`,
    { key: queryKey },
  );
}

function overMaximum({ queryKey }: MetricSpec, { wanted, most }: { wanted: number; most: number }): Problem {
  return problem(
    "ASM_ANTICIPATION_MAXIMUM",
    `the load that "${queryKey}" anticipates needs ${counted(wanted, "pod")}, and maxReplicas is ${most}`,
    { key: queryKey },
  );
}
