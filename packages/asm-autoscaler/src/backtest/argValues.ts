import { parseDuration } from "@asm-autoscaler/hpa-metrics";
import { InvalidArgumentError } from "commander";
import type { GivenCapacity } from "./capacity";

/** Parsers of single option values. Commander adds the option and the value to their sentences. */

/** No workload gets more requests per second. */
const MOST = 1e9;

/** A number of at least `least`, and at most a billion. */
export function number(least: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (!(value >= least && value <= MOST))
      throw new InvalidArgumentError(`It is not a number from ${least} to 1000000000.`);
    return value;
  };
}

/** Whole seconds from a duration such as `30s` or `1m30s`; a number without a unit is seconds. At least `least`. */
export function seconds(least: number): (text: string) => number {
  return (text) => {
    const value = Math.round(/^\d+(\.\d+)?$/.test(text) ? Number(text) : durationOf(text));
    if (!(value >= least && Number.isSafeInteger(value)))
      throw new InvalidArgumentError(
        `It is not a duration of at least ${least} s, such as ${least > 30 ? "" : "30s or "}5m.`,
      );
    return value;
  };
}

function durationOf(text: string): number {
  try {
    return parseDuration(text);
  } catch {
    return Number.NaN;
  }
}

/** Unix seconds from ISO 8601. `Date.parse` alone reads a number such as 5 as a month. */
export function time(text: string): number {
  const at = Date.parse(text) / 1000;
  if (Number.isNaN(at) || !/^\d{4}-\d{2}-\d{2}(?:T|$)/.test(text))
    throw new InvalidArgumentError("It is not a time such as 2026-11-24T08:00:00Z.");
  return at;
}

/** A query of `--query`. Without a name it is that of the whole workload. */
export interface NamedQuery {
  readonly name: string | undefined;
  readonly query: string;
}

/** A label value and `=`. No PromQL begins like that: after a metric, `==` compares. */
const NAME = /^([A-Za-z0-9][\w.-]*)=(?!=)/;

/** One more query, `PROMQL` or `NAME=PROMQL`. */
export function namedQuery(text: string, before: readonly NamedQuery[] = []): NamedQuery[] {
  const { name, rest } = named(text);
  if (rest.trim() === "") throw new InvalidArgumentError("The query is empty.");
  if (before.some((other) => other.name === name))
    throw new InvalidArgumentError(`There are two queries ${name === undefined ? "without a name" : `named ${name}`}.`);
  return [...before, { name, query: rest }];
}

/** One more capacity, `NUMBER` or `NAME=NUMBER`. */
export function capacity(text: string, before: readonly GivenCapacity[] = []): GivenCapacity[] {
  const { name, rest } = named(text);
  const requestsPerSecond = number(0)(rest);
  if (requestsPerSecond === 0) throw new InvalidArgumentError("It is not above 0.");
  if (before.some((other) => other.name === name))
    throw new InvalidArgumentError(
      `There are two capacities ${name === undefined ? "without a name" : `named ${name}`}.`,
    );
  return [...before, { name, requestsPerSecond }];
}

function named(text: string): { name: string | undefined; rest: string } {
  const [prefix = "", name] = NAME.exec(text) ?? [];
  return { name, rest: text.slice(prefix.length) };
}
