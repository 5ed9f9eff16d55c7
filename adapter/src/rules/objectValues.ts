import { oneLine, type Problem, problem } from "@asm-autoscaler/hpa-metrics";
import type { Answer, Sample } from "../prometheus/answer.ts";
import { failure, type Outcome, readAnswer } from "../readings/reading.ts";

/** The values of objects at one evaluation time. */
export interface ObjectValues {
  /** Unix ms of Prometheus's clock, or the time of the oldest sample. */
  readonly evaluatedAt: number;
  /** Name of an object -> quantity. */
  readonly values: ReadonlyMap<string, string>;
  /** Name of an object -> why its samples are no value. */
  readonly unusable: ReadonlyMap<string, Problem>;
  /** The quantity of every object, from a policy. */
  readonly ofEach?: string;
}

/**
 * Reads the values of objects from the samples of a rule's query. An object with several samples, NaN, an infinity, a
 * negative number or one that does not fit a quantity has no value: any number in its place would be invented. The HPA
 * controller then counts it as a pod without metrics, which holds a scale-down and lets a scale-up assume 0.
 *
 * @param label the label that names the object
 */
export function readObjectValues(answer: Answer, label: string): Outcome<ObjectValues> {
  if (!answer.ok) return failure(answer.problem);
  if (answer.samples.length > MOST_SERIES) return failure(tooManySeries(answer.samples.length));
  const values = new Map<string, string>();
  const unusable = new Map<string, Problem>();
  let { evaluatedAt } = answer;
  for (const [name, samples] of Map.groupBy(answer.samples, ({ labels }) => labels[label])) {
    if (name === undefined) continue;
    const outcome = readOne(samples, answer.evaluatedAt);
    if (outcome.ok) {
      values.set(name, outcome.reading.quantity);
      evaluatedAt = Math.min(evaluatedAt, outcome.reading.evaluatedAt);
    } else unusable.set(name, outcome.problem);
  }
  if (values.size > 0) return { ok: true, reading: { evaluatedAt, values, unusable } };
  const [first] = unusable;
  return failure(
    first ? { ...first[1], message: `${oneLine(first[0], 100)}: ${first[1].message}` } : nobody(answer.samples, label),
  );
}

/**
 * Maximum number of series that one read of a rule can have. It limits the time that one answer takes in the event loop. A part
 * of the series is never answered.
 */
export const MOST_SERIES = 5_000;

/** The problem of a query that gives more than MOST_SERIES. */
export function tooManySeries(count: number): Problem {
  return problem("ASM_RULE_MANY_SERIES", `the query gives ${count} series, and a read can have at most ${MOST_SERIES}`);
}

function readOne(samples: readonly Sample[], evaluatedAt: number) {
  return readAnswer({ ok: true, samples: [...samples], evaluatedAt }, undefined);
}

function nobody(samples: readonly Sample[], label: string): Problem {
  const found = samples.length === 0 ? "no series" : `no series with the label ${oneLine(label, 100)}`;
  return problem("ASM_NO_SERIES", `the query finds ${found}`);
}
