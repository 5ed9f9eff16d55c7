import {
  anticipationOf,
  canonicalQuery,
  type MetricSpec,
  PERIOD_SECONDS,
  parseQuery,
  promDuration,
  type TimeSpan,
} from "@asm-autoscaler/hpa-metrics";

/** Arguments of a component, for the text of a program. */
type Args = Record<string, unknown>;

const DAY_SECONDS = PERIOD_SECONDS.Day;
/** Maximum number of days in the argument `except`. */
const MOST_DAYS = 366;
/** End of the last day that is written with four digits of the year, in seconds of Unix time. */
const LAST_DAY_END = Date.UTC(10_000, 0) / 1000;

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
  if (period === undefined || leadSeconds > 3600 || periods < 2 || !areDays(except)) return undefined;
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

/** Whether the spans are whole days in UTC, as many as the argument takes. An HPA can contain any others. */
function areDays(spans: readonly TimeSpan[]): boolean {
  const days = spans.reduce((sum, { from, to }) => sum + (to - from) / DAY_SECONDS, 0);
  const isWhole = ({ from, to }: TimeSpan) => from % DAY_SECONDS === 0 && to % DAY_SECONDS === 0 && to <= LAST_DAY_END;
  return days <= MOST_DAYS && spans.every(isWhole);
}

/** `2026-12-25` */
function dayText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
