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

function readOne(samples: readonly Sample[], evaluatedAt: number) {
  return readAnswer({ ok: true, samples: [...samples], evaluatedAt }, undefined);
}

function nobody(samples: readonly Sample[], label: string): Problem {
  const found = samples.length === 0 ? "no series" : `no series with the label ${oneLine(label, 100)}`;
  return problem("ASM_NO_SERIES", `the query finds ${found}`);
}
