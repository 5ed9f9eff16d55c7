import { parseDuration } from "../duration";
import type { Fault } from "../fault";
import { nearest } from "../nearest";
import { parseQuantity } from "../parsedQuantity";
import { formatMilli } from "../quantity";

/** What a metric is worth while there is no reading of it. The default, `hold`, is the absence of a policy. */
export type Policy =
  /** The last reading goes on for so long; then the metric has no value. */
  | { readonly kind: "last-for"; readonly seconds: number }
  /** A number of the author's own, as a canonical Kubernetes quantity; `zero` is the quantity 0. */
  | { readonly kind: "value"; readonly quantity: string };

/** The annotation keys of the policies. `<key>.<query-name>` is about one query and beats the key alone. */
export const policyKeys = ["on-no-data", "on-error"] as const;

/** Whether the word is a policy's key for one query, such as `on-no-data.rps`. */
export function isPolicyOfQuery(name: string): boolean {
  return policyKeys.some((key) => name.startsWith(`${key}.`));
}

const words = ["hold", "zero", "last-for", "value"];
const remedy = "Write hold, zero, last-for and a duration such as last-for 10m, or value and a number such as value 5";

/**
 * Reads a policy as it is written: `hold`, `zero`, `last-for 10m` or `value 5`. Undefined for `hold`.
 *
 * @returns the fault, about the annotation (or argument) `key`, for anything else: a negative number, a word that is none.
 */
export function parsePolicy(key: string, text: string): { readonly policy: Policy | undefined } | Fault {
  const [word = "", argument, ...more] = text.trim().split(/\s+/);
  const wrong = (why: string): Fault => {
    const message = `${JSON.stringify(text)} in "${key}" is no policy: ${why}`;
    return { code: "ASM_POLICY_INVALID", severity: "error", key, message, remedy };
  };
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

function lastFor(text: string, wrong: (why: string) => Fault): { policy: Policy } | Fault {
  try {
    const seconds = parseDuration(text);
    return seconds > 0 ? { policy: { kind: "last-for", seconds } } : wrong("the duration must be above zero");
  } catch (error) {
    if (error instanceof RangeError) return wrong(error.message);
    throw error;
  }
}

/** Not negative, and so small that no suffix takes it beyond what a quantity holds in thousandths. */
const plainQuantity = /^(?:\d{1,6}(?:\.\d{1,9})?(?:[kMG]|[KMG]i)?|\d{1,15}(?:\.\d{1,9})?m?)$/;

function fixed(text: string, wrong: (why: string) => Fault): { policy: Policy } | Fault {
  if (!plainQuantity.test(text)) return wrong(`"${text}" is no quantity between 0 and 999999G`);
  return { policy: { kind: "value", quantity: formatMilli(parseQuantity(text).milli) } };
}
