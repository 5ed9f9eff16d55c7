import { parseQuantity } from "@asm-autoscaler/hpa-metrics";
import type { ReadAnswer } from "../../neighbourReads.ts";

/** An answer without its order and its times. */
export interface Answer {
  readonly status: number;
  /** Version and kind of a list. */
  readonly kind?: string;
  /** The items of a list, in order of what they are about. */
  readonly items?: readonly Item[];
  /** The message of a Status, or the text of another answer. */
  readonly message?: string;
}

/** One value of a list. */
interface Item {
  /** Everything but its value and its time, as JSON with its keys in order. */
  readonly about: string;
  readonly value: string;
}

/** Reads an answer of an adapter. */
export function answerOf({ status, body }: ReadAnswer): Answer {
  const found = parsed(body);
  if (found === undefined || !("items" in found)) return { status, message: String(found?.["message"] ?? body) };
  const items = (found["items"] as Record<string, unknown>[]).map(({ value, timestamp: _, ...about }) => ({
    about: JSON.stringify(sortedKeys(about)),
    value: String(value),
  }));
  return { status, kind: `${found["apiVersion"]} ${found["kind"]}`, items: items.sort(byText) };
}

/** Whether two answers are the same, but for the text of an error. */
export function areSame(one: Answer, other: Answer): boolean {
  return areAlike(one, other, (value, match) => value === match);
}

/** Whether two lists are the same, but for a thousandth in their values. */
export function areNear(one: Answer, other: Answer): boolean {
  return areAlike(one, other, (value, match) => {
    const difference = parseQuantity(value).milli - parseQuantity(match).milli;
    return -1n <= difference && difference <= 1n;
  });
}

function areAlike(one: Answer, other: Answer, isSame: (value: string, match: string) => boolean): boolean {
  if (one.status !== other.status || one.kind !== other.kind || one.items?.length !== other.items?.length) return false;
  return (one.items ?? []).every((item, index) => {
    const match = other.items?.[index];
    return match !== undefined && match.about === item.about && isSame(item.value, match.value);
  });
}

function byText(one: Item, other: Item): number {
  return one.about + one.value < other.about + other.value ? -1 : 1;
}

function parsed(body: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, own]) => [key, sortedKeys(own)]));
}
