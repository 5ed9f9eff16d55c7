/** The type of a PromQL expression's value. */
export type ValueType = "scalar" | "vector" | "matrix" | "string";

/** The argument types and the result type of a function. */
export interface Signature {
  readonly arguments: readonly ValueType[];
  /** The minimum and maximum number of arguments. */
  readonly least: number;
  readonly most: number;
  readonly result: ValueType;
}

/**
 * Functions by their argument types. Each letter is one argument: vector, matrix, scalar or text. `?` marks an optional
 * argument, and a digit one that can occur up to that many times. `*` marks an argument that is optional and can repeat
 * without a limit. Source: promql/parser/functions.go of Prometheus
 * v3.16.
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
  ss: "max_of min_of",
  vs: "clamp_max clamp_min",
  "vs?": "round",
  vss: "clamp",
  "vv?": "info",
  ms: "predict_linear",
  "ms?": "integral",
  mss: "double_exponential_smoothing",
  sm: "quantile_over_time",
  sv: "histogram_quantile",
  ssv: "histogram_fraction",
  vtss9: "histogram_quantiles",
  vtttt: "label_replace",
  "vttt*": "label_join",
  "vt*": "sort_by_label sort_by_label_desc",
};

const letters: Readonly<Record<string, ValueType>> = { v: "vector", m: "matrix", s: "scalar", t: "string" };
const scalarFunctions = new Set(["end", "max_of", "min_of", "pi", "range", "scalar", "start", "step", "time"]);

/** All functions of Prometheus, by name, with those that a server has only with `promql-experimental-functions`. */
export const functions: ReadonlyMap<string, Signature> = new Map(
  Object.entries(taking).flatMap(([pattern, names]) =>
    names.split(/\s+/).map((name) => [name, signature(pattern, scalarFunctions.has(name) ? "scalar" : "vector")]),
  ),
);

function signature(pattern: string, result: ValueType): Signature {
  const types = [...pattern].flatMap((letter) => letters[letter] ?? []);
  const suffix = /[?*\d]$/.exec(pattern)?.[0];
  if (suffix === undefined) return { arguments: types, least: types.length, most: types.length, result };
  const least = types.length - 1;
  const more = suffix === "*" ? Number.POSITIVE_INFINITY : suffix === "?" ? 1 : Number(suffix);
  return { arguments: types, least, most: least + more, result };
}

/** The type of the parameter before the vector, for the aggregations that have one. */
export const aggregations: ReadonlyMap<string, ValueType | undefined> = new Map([
  ...["avg", "count", "group", "max", "min", "stddev", "stdvar", "sum"].map((name) => [name, undefined] as const),
  ...["bottomk", "limitk", "limit_ratio", "quantile", "topk"].map((name) => [name, "scalar"] as const),
  ["count_values", "string"] as const,
]);
