import { parseDuration, promDuration } from "../duration";
import { canonicalQuery, parseQuery, type Query } from "../promql/query";
import {
  type Anticipate,
  checkAnticipate,
  GROWTH_BOUNDS,
  LEAST_LOAD,
  MOST_PERIODS,
  medianIndex,
  PEAK_STEP_SECONDS,
  recentWindow,
  type TimeSpan,
} from "./anticipate";

/** Label that tells the values of the periods apart within the query. */
const LABEL = "asm_period";

/**
 * The query for the load that is anticipated for the next `leadSeconds`. `query` is the query of a load that is counted
 * per second, and returns at most one sample, without labels: `sum(rate(…))`. In words:
 *
 * - *Peak of a period*: the highest value of `query` in the next `leadSeconds`, as it was that many periods ago. A period
 *   without history counts as 0.
 * - *Usual peak*: the median of the peaks: the second of three, the smaller of two. So one odd period, such as an attack
 *   or a load test, does not come back.
 * - *Growth*: the average of the last hour, divided by the median of the averages of the same hour in the earlier periods.
 *   It is at least a half and at most two. It is 1 if one of the two is missing or not above one request per second.
 * - The result is the usual peak times growth. It is 0 during an exception, with history of less than half of the
 *   periods, and while `query` itself has no value: then nothing is known about now, and nothing is anticipated.
 *
 * The result is never missing and never negative. As one more metric of an HPA it can therefore only add replicas.
 * Queries of the same shape can be grouped. Evaluate it once a minute: its steps are minutes.
 *
 * A subquery is evaluated at whole multiples of its step since 1970, so each period has an offset of its own
 * (https://prometheus.io/docs/prometheus/latest/querying/basics/#subquery).
 *
 * @throws RangeError for a field out of its bounds.
 */
export function anticipateQuery(query: string, anticipate: Anticipate): string {
  checkAnticipate(anticipate);
  const { periodSeconds, leadSeconds, periods, growth, except = [] } = anticipate;
  const load = `(${query})`;
  const peaks = labelledPeriods(periods, (count) => {
    const offset = promDuration(count * periodSeconds - leadSeconds);
    const step = promDuration(PEAK_STEP_SECONDS);
    return `max_over_time(${load}[${promDuration(leadSeconds)}:${step}] offset ${offset}) or 0 * ${load}`;
  });
  const level = periods === 1 ? 0 : medianIndex(periods) / (periods - 1);
  const usual = `quantile(${level}, ${peaks})`;
  const on = except.map(({ from, to }) => ` * (1 - (time() >= bool ${from}) * (time() < bool ${to}))`).join("");
  const factor = growth ? ` * (${growthOf(load, anticipate)} or 0 * ${load} + 1)` : "";
  return `${usual}${factor}${on} and ${load} or vector(0)`;
}

function growthOf(load: string, anticipate: Anticipate): string {
  const { seconds, step } = recentWindow(anticipate);
  const recent = `avg_over_time(${load}[${promDuration(seconds)}:${promDuration(step)}]`;
  const earlier = labelledPeriods(
    anticipate.periods,
    (count) => `${recent} offset ${promDuration(count * anticipate.periodSeconds)})`,
  );
  const ratio = `(${recent}) > ${LEAST_LOAD}) / (quantile(0.5, ${earlier}) > ${LEAST_LOAD})`;
  return `clamp(${ratio}, ${GROWTH_BOUNDS.least}, ${GROWTH_BOUNDS.most})`;
}

/** One vector with the values of all periods, each with its number as a label. */
export function labelledPeriods(periods: number, part: (count: number) => string): string {
  const numbers = Array.from({ length: periods }, (_, index) => index + 1);
  return numbers.map((count) => `label_replace(${part(count)}, "${LABEL}", "${count}", "", "")`).join(" or ");
}

/** A query that `anticipateQuery` wrote: the query of the load, and how it is anticipated. */
export interface Anticipation {
  readonly query: string;
  readonly anticipate: Anticipate;
}

/** Reads a query that `anticipateQuery` wrote. Undefined for any other query. White space does not matter. */
export function anticipationOf(query: Query): Anticipation | undefined {
  if (!known.has(query)) known.set(query, findAnticipation(query));
  return known.get(query);
}

const known = new WeakMap<Query, Anticipation | undefined>();

function findAnticipation(query: Query): Anticipation | undefined {
  if (!query.text.startsWith("quantile")) return undefined;
  const text = canonicalQuery(query);
  const found = FIRST_PEAK.exec(text);
  const [, load = "", lead = "", offset = ""] = found ?? [];
  const periods = MOST_PERIODS - PERIOD_NUMBERS.findIndex((count) => text.includes(`"${LABEL}","${count}"`));
  if (found === null || periods > MOST_PERIODS) return undefined;
  const leadSeconds = parseDuration(lead);
  const anticipate: Anticipate = {
    periodSeconds: parseDuration(offset) + leadSeconds,
    leadSeconds,
    periods,
    growth: text.includes("clamp("),
    ...exceptionsOf(text),
  };
  return isWrittenAs(text, load, anticipate) ? { query: load, anticipate } : undefined;
}

const FIRST_PEAK =
  /^quantile\([\d.]+,label_replace\(max_over_time\(\((.+?)\)\[((?:\d+[hms])+):1m\]offset ((?:\d+[hms])+)\)/;

const PERIOD_NUMBERS = Array.from({ length: MOST_PERIODS }, (_, index) => MOST_PERIODS - index);

function exceptionsOf(text: string): { readonly except?: readonly TimeSpan[] } {
  const except = [...text.matchAll(/time\(\)>=bool (\d+)\)\*\(time\(\)<bool (\d+)/g)].map(([, from, to]) => ({
    from: Number(from),
    to: Number(to),
  }));
  return except.length > 0 ? { except } : {};
}

function isWrittenAs(text: string, load: string, anticipate: Anticipate): boolean {
  try {
    const written = parseQuery(anticipateQuery(load, anticipate));
    return written.ok && canonicalQuery(written.query) === text;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
