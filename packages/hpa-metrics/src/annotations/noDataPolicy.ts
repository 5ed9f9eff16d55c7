import { parseDuration } from "../duration";
import { nearest } from "../nearest";
import { parseQuantity } from "../parsedQuantity";
import { type Problem, problem } from "../problem";
import { formatMilli } from "../quantity";

/**
 * The value of a metric while there is no reading. The default, `hold`, is represented by the absence of a policy. What
 * is served then is decided in adapter/src/readings/staleness.ts.
 */
export type Policy =
  /** Serve the last reading for this long. After that, the metric has no value. */
  | { readonly kind: "last-for"; readonly seconds: number }
  /** A fixed value from the HPA's author, as a canonical Kubernetes quantity. `zero` is the quantity 0. */
  | { readonly kind: "value"; readonly quantity: string };

/** The annotation keys of the policies. `<key>.<query-name>` applies to one query and overrides `<key>`. */
export const policyKeys = ["on-no-data", "on-error"] as const;

const words = ["hold", "zero", "last-for", "value"];
const remedy =
  "Write hold, zero, last-for and a duration such as last-for 10m, value and a number such as value 5, or for on-error also direct";

/**
 * Reports whether the text of `on-error` is `direct`. It is not a value: the query is then evaluated from the proxies of
 * the scaled workload.
 */
export function isDirectPolicy(text: string): boolean {
  return text.trim() === "direct";
}

/**
 * Parses a policy: `hold`, `zero`, `last-for 10m` or `value 5`. The result is undefined for `hold`.
 *
 * @returns a problem of the annotation (or argument) `key` for any other text, such as an unknown word or a negative
 * number.
 */
export function parsePolicy(key: string, text: string): { readonly policy: Policy | undefined } | Problem {
  const [word = "", argument, ...more] = text.trim().split(/\s+/);
  const wrong = (why: string): Problem => {
    const message = `${JSON.stringify(text)} in "${key}" is not a valid policy: ${why}`;
    return problem("ASM_POLICY_INVALID", message, { key, remedy });
  };
  if (isDirectPolicy(text)) return wrong("direct is only for on-error");
  if (!words.includes(word)) {
    const near = nearest(word, words);
    return wrong(`"${word}" is not known${near === undefined ? "" : `, did you mean "${near}"?`}`);
  }
  const takesOne = word === "last-for" || word === "value";
  if (takesOne !== (argument !== undefined) || more.length > 0)
    return wrong(takesOne ? `${word} takes one argument` : `${word} takes no argument`);
  if (word === "hold") return { policy: undefined };
  if (word === "zero") return { policy: { kind: "value", quantity: "0" } };
  if (word === "last-for") return lastFor(argument ?? "", wrong);
  return fixed(argument ?? "", wrong);
}

/**
 * The safest of the policies that several HPAs set for one metric: the one that is the first to have no value. Undefined
 * for `hold`.
 *
 * @param policies one for each HPA, undefined for `hold`
 */
export function safestPolicy(policies: readonly (Policy | undefined)[]): Policy | undefined {
  const [first, ...others] = policies;
  if (others.every((policy) => samePolicy(policy, first))) return first;
  const times = policies.flatMap((policy) => (policy?.kind === "last-for" ? policy.seconds : []));
  if (policies.includes(undefined) || times.length === 0) return undefined;
  return { kind: "last-for", seconds: Math.min(...times) };
}

/** Whether two policies are the same. Undefined is `hold`. */
export function samePolicy(a: Policy | undefined, b: Policy | undefined): boolean {
  if (a?.kind === "value" && b?.kind === "value") return a.quantity === b.quantity;
  if (a?.kind === "last-for" && b?.kind === "last-for") return a.seconds === b.seconds;
  return a === undefined && b === undefined;
}

function lastFor(text: string, wrong: (why: string) => Problem): { policy: Policy } | Problem {
  try {
    const seconds = parseDuration(text);
    return seconds > 0 ? { policy: { kind: "last-for", seconds } } : wrong("the duration must be above zero");
  } catch (error) {
    if (error instanceof RangeError) return wrong(error.message);
    throw error;
  }
}

/** A quantity that is not negative. It is so small that with any suffix it still fits a quantity in thousandths. */
const plainQuantity = /^(?:\d{1,6}(?:\.\d{1,9})?(?:[kMG]|[KMG]i)?|\d{1,15}(?:\.\d{1,9})?m?)$/;

function fixed(text: string, wrong: (why: string) => Problem): { policy: Policy } | Problem {
  if (!plainQuantity.test(text)) return wrong(`"${text}" is no quantity between 0 and 999999G`);
  return { policy: { kind: "value", quantity: formatMilli(parseQuantity(text).milli) } };
}
