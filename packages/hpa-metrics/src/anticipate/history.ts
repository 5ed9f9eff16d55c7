import { promDuration } from "../duration";
import { PEAK_STEP_SECONDS } from "./anticipate";
import { type Anticipation, labelledPeriods } from "./query";

/**
 * The query for the number of periods that have history: from 0 to `periods`. It has the form of `anticipateQuery` and
 * costs less, but needs to be evaluated only now and then.
 */
export function historyQuery({ query, anticipate }: Anticipation): string {
  const { periodSeconds, leadSeconds, periods } = anticipate;
  const range = `[${promDuration(leadSeconds)}:${promDuration(PEAK_STEP_SECONDS)}]`;
  const peaks = labelledPeriods(
    periods,
    (count) => `max_over_time((${query})${range} offset ${promDuration(count * periodSeconds - leadSeconds)})`,
  );
  return `count(${peaks}) or vector(0)`;
}
