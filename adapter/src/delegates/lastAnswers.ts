import { formatMilli, type Problem, parseQuantity, recordsIn } from "@asm-autoscaler/hpa-metrics";
import type { Selector } from "../kubernetes/labelSelector.ts";
import { withoutSecrets } from "../kubernetes/secrets.ts";
import { keyOfRead, type MetricRead } from "./routing.ts";

/** What a delegate last answered to a read of one metric. It contains nothing of the metric's selector. */
export interface LastAnswer {
  /** HTTP status of its answer, or the code of the problem if there was no usable answer. */
  readonly result: string;
  /** The sum of its values, as the HPA controller adds them up. Undefined for an error and for an empty list. */
  readonly value?: string;
  /** The first line of the error. */
  readonly message?: string;
  /** Unix ms. */
  readonly at: number;
}

/** The parts of a delegate's answer that are stored: of an HTTP answer the parsed body, or else the problem. */
type Answered =
  | { readonly status: number; readonly body: Readonly<Record<string, unknown>> }
  | { readonly problem: Problem };

/** The last answers of all delegates. */
export interface LastAnswers {
  record(read: MetricRead, delegate: string, answered: Answered): void;
  of(read: MetricRead, delegate: string): LastAnswer | undefined;
}

/**
 * Maximum number of metrics whose last answer is stored; those that were read last. An entry has about 200 bytes, and
 * 500 with a message.
 */
const MOST_ANSWERS = 10_000;
const MOST_MESSAGE = 200;
/** A list with more values, or with a longer one, has an unknown sum. */
const MOST_VALUES = 1_000;
const MOST_DIGITS = 64;
/** A value of a label that is this short is no secret, and replacing it would make a message unreadable. */
const LEAST_SECRET = 8;

/** Creates an empty store. @param now Returns Unix ms. */
export function createLastAnswers(now: () => number): LastAnswers {
  const answers = new Map<string, LastAnswer>();
  return {
    record(read, delegate, answered) {
      const key = keyOf(read, delegate);
      answers.delete(key);
      answers.set(key, { ...resultOf(answered, read.selector), at: now() });
      const [oldest] = answers.keys();
      if (answers.size > MOST_ANSWERS && oldest !== undefined) answers.delete(oldest);
    },
    of: (read, delegate) => answers.get(keyOf(read, delegate)),
  };
}

function keyOf(read: MetricRead, delegate: string): string {
  return `${delegate} ${keyOfRead(read)}`;
}

function resultOf(answered: Answered, selector: Selector): Pick<LastAnswer, "result" | "value" | "message"> {
  if ("problem" in answered) {
    const { code, message } = answered.problem;
    return { result: code, message: shortMessage(message, selector) };
  }
  const { status, body } = answered;
  if (status < 200 || status >= 300)
    return { result: `${status}`, message: shortMessage(String(body["message"] ?? "no message"), selector) };
  const value = sumOf(recordsIn(body["items"]));
  return { result: `${status}`, ...(value === undefined ? {} : { value }) };
}

function sumOf(items: readonly Readonly<Record<string, unknown>>[]): string | undefined {
  const values = items.length > MOST_VALUES ? [] : items.map(({ value }) => String(value));
  if (values.length === 0 || values.some(({ length }) => length > MOST_DIGITS)) return undefined;
  try {
    return formatMilli(values.reduce((sum, value) => sum + parseQuantity(value).milli, 0n));
  } catch {
    return undefined;
  }
}

/** The first line, without what may be a secret: adapters repeat the selector in their errors. */
function shortMessage(message: string, selector: Selector): string {
  const [line = ""] = message.slice(0, 2_000).split("\n");
  const values = selector.flatMap(({ values }) => values.filter(({ length }) => length >= LEAST_SECRET));
  const masked = values.reduce((text, value) => text.replaceAll(value, "…"), line);
  return withoutSecrets(masked).slice(0, MOST_MESSAGE);
}
