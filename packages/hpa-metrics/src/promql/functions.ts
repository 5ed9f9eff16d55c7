/** What a PromQL expression yields. */
export type ValueType = "scalar" | "vector" | "matrix" | "string";

/** Arguments and result of a function. */
export interface Signature {
  readonly arguments: readonly ValueType[];
  /** How many arguments at least, and at most. */
  readonly least: number;
  readonly most: number;
  readonly result: ValueType;
}

/**
 * Functions by what they take: one letter an argument (vector, matrix, scalar, text), `?` after one that may be left out,
 * `*` after one that may be left out or repeated. Source: promql/parser/functions.go of Prometheus v3.15.
 */
const taking: Readonly<Record<string, string>> = {
  "": "end pi range start step time",
  v: `abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg histogram_count
    histogram_sum histogram_stddev histogram_stdvar ln log10 log2 rad scalar sgn sin sinh sort sort_desc sqrt
    start_timestamp tan tanh timestamp`,
  "v?": "days_in_month day_of_month day_of_week day_of_year hour minute month year",
  m: `absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate
    last_over_time mad_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time
    stdvar_over_time sum_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time
    ts_of_min_over_time`,
  s: "vector",
  vs: "clamp_max clamp_min",
  "vs?": "round",
  vss: "clamp",
  "vv?": "info",
  ms: "predict_linear",
  mss: "double_exponential_smoothing",
  sm: "quantile_over_time",
  sv: "histogram_quantile",
  ssv: "histogram_fraction",
  "vtss*": "histogram_quantiles",
  vtttt: "label_replace",
  "vttt*": "label_join",
  "vt*": "sort_by_label sort_by_label_desc",
};

const letters: Readonly<Record<string, ValueType>> = { v: "vector", m: "matrix", s: "scalar", t: "string" };
const scalarFunctions = new Set(["end", "pi", "range", "scalar", "start", "step", "time"]);

/** Every function that the grammar knows, by name. */
export const functions: ReadonlyMap<string, Signature> = new Map(
  Object.entries(taking).flatMap(([pattern, names]) =>
    names.split(/\s+/).map((name) => [name, signature(pattern, scalarFunctions.has(name) ? "scalar" : "vector")]),
  ),
);

function signature(pattern: string, result: ValueType): Signature {
  const types = [...pattern].flatMap((letter) => letters[letter] ?? []);
  const least = types.length - (/[?*]$/.test(pattern) ? 1 : 0);
  return { arguments: types, least, most: pattern.endsWith("*") ? Infinity : types.length, result };
}

/** The parameter before the vector, for the aggregations that take one. */
export const aggregations: ReadonlyMap<string, ValueType | undefined> = new Map([
  ...["avg", "count", "group", "max", "min", "stddev", "stdvar", "sum"].map((name) => [name, undefined] as const),
  ...["bottomk", "limitk", "limit_ratio", "quantile", "topk"].map((name) => [name, "scalar"] as const),
  ["count_values", "string"] as const,
]);
