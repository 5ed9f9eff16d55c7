import {
  anticipationOf,
  canonicalQuery,
  type MetricSpec,
  PERIOD_SECONDS,
  parseQuery,
  promDuration,
} from "@asm-autoscaler/hpa-metrics";

/** Arguments of a component, for the text of a program. */
type Args = Record<string, unknown>;

const DAY_SECONDS = PERIOD_SECONDS.Day;

/**
 * The argument `anticipate` of the metric whose load a query anticipates. Undefined if a TrafficAutoscaler would write
 * another query.
 */
export function anticipateArgs(ahead: MetricSpec, load: MetricSpec): Args | undefined {
  const found = anticipationOf(ahead.query);
  const parsed = found && parseQuery(found.query);
  if (!found || !parsed?.ok || canonicalQuery(parsed.query) !== canonicalQuery(load.query)) return undefined;
  const { periodSeconds, leadSeconds, periods, growth, except = [] } = found.anticipate;
  const period = Object.entries(PERIOD_SECONDS).find(([, seconds]) => seconds === periodSeconds)?.[0];
  const isDay = except.every(({ from, to }) => from % DAY_SECONDS === 0 && to % DAY_SECONDS === 0);
  if (period === undefined || leadSeconds > 3600 || periods < 2 || !isDay) return undefined;
  const days = except.flatMap(({ from, to }) =>
    Array.from({ length: (to - from) / DAY_SECONDS }, (_, day) => dayText(from + day * DAY_SECONDS)),
  );
  return {
    period,
    lead: promDuration(leadSeconds),
    periods,
    growth,
    mode: ahead.isObserved ? "Observe" : "Act",
    ...(days.length > 0 ? { except: days } : {}),
  };
}

/** `2026-12-25` */
function dayText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
