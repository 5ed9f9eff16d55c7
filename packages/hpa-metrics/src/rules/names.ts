import { expand, type GoMatch, type GoRegExp, goRegExp } from "./goRegExp";

/** A series whose name does not match `is`, or matches `isNot`, is left out. One of both is set. */
export interface SeriesFilter {
  readonly is: string;
  readonly isNot: string;
}

/** The fields of a rule that name its metrics. An empty text means the default. */
export interface NameFields {
  readonly seriesFilters: readonly SeriesFilter[];
  readonly matches: string;
  readonly as: string;
}

/** Names the metric of a series. */
interface Names {
  /** The pattern and the template of names with their defaults. */
  readonly naming: { readonly matches: string; readonly as: string };
  /** Undefined if the rule leaves the series out. */
  nameOf(series: string): string | undefined;
  /** Groups that `as` uses and `matches` does not have. They are empty in every name. */
  readonly unknownGroups: readonly string[];
}

/** The names of a rule, or the end of a sentence that says why its fields are not valid. */
export type NamesResult = { readonly ok: true; readonly names: Names } | { readonly ok: false; readonly why: string };

/**
 * Compiles the filters and the pattern for names. The name is only the expanded `as`: what is beside the match in the name
 * of the series is lost.
 * Source: NewReMatcher and NamersFromConfig in pkg/naming/metric_namer.go of prometheus-adapter v0.12.0.
 */
export function compileNames({ seriesFilters, matches, as }: NameFields): NamesResult {
  const filters: { pattern: GoRegExp; isWanted: boolean }[] = [];
  for (const [index, { is, isNot }] of seriesFilters.entries()) {
    const place = `seriesFilters[${index}]`;
    if ((is === "") === (isNot === "")) return { ok: false, why: `${place} must have either is or isNot` };
    const compiled = goRegExp(is === "" ? isNot : is);
    if (!compiled.ok) return notValid(`${place}.${is === "" ? "isNot" : "is"}`, compiled.why);
    filters.push({ pattern: compiled.pattern, isWanted: is !== "" });
  }
  const expression = matches === "" ? ".*" : matches;
  const compiled = goRegExp(expression);
  if (!compiled.ok) return notValid("name.matches", compiled.why);
  const { pattern } = compiled;
  if (as === "" && pattern.groups > 1) {
    return { ok: false, why: `name.as is missing: name.matches has ${pattern.groups} groups` };
  }
  const template = as === "" ? `$${pattern.groups}` : as;
  return {
    ok: true,
    names: {
      naming: { matches: expression, as: template },
      nameOf: (series) => {
        if (filters.some((filter) => filter.pattern.matches(series) !== filter.isWanted)) return undefined;
        const match = pattern.find(series);
        return match === undefined ? undefined : expand(template, match) || undefined;
      },
      unknownGroups: unknownGroups(template, pattern),
    },
  };
}

function notValid(field: string, why: string): NamesResult {
  return { ok: false, why: `${field} is not a regular expression of Go: ${why}` };
}

function unknownGroups(template: string, pattern: GoRegExp): string[] {
  const used = new Set<string>();
  const match: GoMatch = {
    group: (name) => {
      used.add(name);
      return "";
    },
  };
  expand(template, match);
  return [...used].filter((name) => !pattern.hasGroup(name));
}
