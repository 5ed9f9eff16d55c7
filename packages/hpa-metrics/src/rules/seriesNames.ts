import { goRegExp } from "./goRegExp";
import type { MetricRule } from "./types";

/** The parts of a rule that give a series the name of its metric. */
export type SeriesNames = Pick<MetricRule, "seriesQuery" | "naming" | "nameOf">;

/** Returns the series that the rule exposes under this name, when it can be derived without a query to Prometheus. */
export function seriesNamed(rule: SeriesNames, name: string): string | undefined {
  const candidates = [literalSeries(rule.seriesQuery), seriesByPattern(rule, name), name];
  return candidates.find(
    (series) => series !== undefined && selects(rule.seriesQuery, series) && rule.nameOf(series) === name,
  );
}

/**
 * Whether the rule may serve the metric by a series that the metric's name does not tell: its pattern cannot be inverted,
 * or its name is fixed and its seriesQuery names no single series.
 */
export function isLeftOpen({ naming, seriesQuery }: SeriesNames, name: string): boolean {
  const { as } = naming;
  if (literalSeries(seriesQuery) !== undefined || as === "$0") return false;
  if (!as.includes("$")) return as === name;
  const [first = "", ...rest] = as.split(/\$(?:\{\w+\}|\w+)/);
  const last = rest.at(-1) ?? "";
  return invertible(naming) === undefined && name.startsWith(first) && name.endsWith(last);
}

/** The only series of a seriesQuery, if it names one. */
export function literalSeries(seriesQuery: string): string | undefined {
  const [, plain] = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{|$)/.exec(seriesQuery) ?? [];
  const [, named] = /__name__\s*=\s*"([^"\\]*)"/.exec(seriesQuery) ?? [];
  const [, fixed] = /__name__\s*=~\s*"\^?([a-zA-Z0-9_:]+)\$?"/.exec(seriesQuery) ?? [];
  return plain ?? named ?? fixed;
}

/**
 * Whether the series name matches the seriesQuery. Matchers on other labels are ignored, because the name does not show
 * them.
 */
function selects(seriesQuery: string, series: string): boolean {
  const literal = literalSeries(seriesQuery);
  if (literal !== undefined) return literal === series;
  const matchers = [...seriesQuery.matchAll(/__name__\s*(=~|!~|!=)\s*"((?:[^"\\]|\\.)*)"/g)];
  return matchers.every(([, operator, text = ""]) => {
    const value = text.replace(/\\\\/g, "\\");
    if (operator === "!=") return series !== value;
    const compiled = goRegExp(`^(?:${value})$`);
    const fits = compiled.ok && compiled.pattern.matches(series);
    return operator === "=~" ? fits : !fits;
  });
}

/** Inverts `matches` and `as`: with `^(.*)_total$` and `${1}_per_second`, `x_per_second` gives `x_total`. */
function seriesByPattern({ naming }: SeriesNames, name: string): string | undefined {
  const texts = invertible(naming);
  if (texts === undefined) return undefined;
  const { before, after, left, right } = texts;
  if (name.length < before.length + after.length || !name.startsWith(before) || !name.endsWith(after)) return undefined;
  return `${left}${name.slice(before.length, name.length - after.length)}${right}`;
}

/** The fixed text around the only group, in the metric's name and in the series name, when there is no other pattern. */
function invertible({ matches, as }: SeriesNames["naming"]) {
  const [, before, after] = /^((?:[^$])*)\$(?:\{1\}|1)([^$]*)$/.exec(as) ?? [];
  const [, left, right] = /^\^?([a-zA-Z0-9_:]*)\(\.[*+]\??\)([a-zA-Z0-9_:]*)\$?$/.exec(matches) ?? [];
  if (before === undefined || after === undefined || left === undefined || right === undefined) return undefined;
  return { before, after, left, right };
}
