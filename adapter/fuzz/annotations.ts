import {
  canonicalQuery,
  type ExternalMetric,
  parseQuery,
  type ReadMetricSpecs,
  readMetricSpecs,
} from "@asm-autoscaler/hpa-metrics";
import fc from "fast-check";
import { explore, promised, type Surface } from "./surface.ts";

const metricName = fc.constantFrom("prometheus-query", "rps", "Queue-Depth", "a.b", "x y");
const queryName = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("rps", "rps", "b", "query", "interval", "per-replica", "a/b", "") },
  { weight: 1, arbitrary: fc.string() },
);
const query = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "vector(1)",
      'sum(rate(istio_requests_total{destination_workload="a"}[1m]))',
      "max_over_time(sum(x)[10m:1m]) or vector(0)",
      '{__name__=~".+"} offset 5m',
      "scalar(a) / -b ^ 2",
    ),
  },
  { weight: 2, arbitrary: fc.constantFrom("sum(rate(x[1m]", "foo[5m]", '"text"', "time() offset 5m", "") },
  { weight: 1, arbitrary: fc.oneof(fc.string(), fc.string({ unit: "binary" })) },
);
const setting = fc.tuple(
  fc.constantFrom(
    "interval",
    "aggregate",
    "prometheus-server",
    "prometheus-server-alias",
    "query-name",
    "on-no-data",
    "on-error",
    "reaction",
  ),
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom("30s", "1d", "-5s", "sum", "max", "http://x", "eu", "zero", "value 5", "direct"),
    },
    { weight: 1, arbitrary: query },
  ),
);

interface Asked {
  metric: ExternalMetric;
  annotations: readonly (readonly [key: string, value: string])[];
}

const slip = (arbitrary: fc.Arbitrary<string>, usual: string) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary });
const labels = fc.dictionary(
  fc.constantFrom("query", "prometheus-server", "a", "__proto__", "constructor"),
  fc.constantFrom("prometheus", "rps", "", "x"),
  { maxKeys: 1 },
);
const expression = fc.record({
  key: fc.constantFrom("query-name", "type", "a"),
  operator: fc.constantFrom("In", "NotIn", "Exists", "DoesNotExist", "in"),
  values: fc.array(fc.constantFrom("rps", "prometheus", ""), { maxLength: 2 }),
});
/** A metric of an HPA with annotations that are mostly about it, and now and then slip. */
const asked: fc.Arbitrary<Asked> = fc
  .record({
    name: metricName,
    queryName,
    annotated: queryName,
    alike: fc.nat(5),
    kind: slip(fc.constantFrom("pods", "banana", "EXTERNAL", ""), "external"),
    collector: slip(fc.constantFrom("influxdb", "Prometheus", ""), "prometheus"),
    type: slip(fc.constantFrom("", "influxdb"), "prometheus"),
    query,
    settings: fc.array(setting, { maxLength: 2 }),
    labels: fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: labels }),
    matchExpressions: fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(expression) },
    ),
  })
  .map(({ name, queryName, annotated, alike, kind, collector, type, query, settings, labels, matchExpressions }) => {
    const prefix = `metric-config.${kind}.${name}.${collector}/`;
    const key = alike === 0 ? annotated : queryName;
    return {
      metric: { name, matchLabels: { ...labels, type, "query-name": queryName }, matchExpressions },
      annotations: [[`${prefix}${key}`, query], ...settings.map(([of, value]) => [`${prefix}${of}`, value] as const)],
    };
  });
const input = fc.array(asked, { maxLength: 3 }).map((list) => ({
  annotations: Object.fromEntries(list.flatMap(({ annotations }) => annotations)),
  metrics: list.map(({ metric }) => metric),
}));

/** Planted: the problems of a metric without a query are lost. */
function broken(read: typeof readMetricSpecs): typeof readMetricSpecs {
  return (annotations, metrics): ReadMetricSpecs => {
    const result = read(annotations, metrics);
    return { ...result, problems: result.problems.filter(({ code }) => code !== "ASM_QUERY_MISSING") };
  };
}

/** What owners of HPAs write into annotations and selectors. */
export const annotations: Surface = {
  name: "annotations",
  run(trial) {
    const read = trial.planted ? broken(readMetricSpecs) : readMetricSpecs;
    return explore(this.name, trial, input, ({ annotations, metrics }, tally) => {
      const { specs, problems } = read(annotations, metrics);
      if (specs.length > 0) tally.parsed++;
      promised(specs.length <= metrics.length, "no more metrics are served than are asked for");
      for (const { code, message, remedy } of problems) {
        promised(
          /^ASM_[A-Z_]+$/.test(code) && message !== "" && remedy !== "",
          "a fault has code, sentence and remedy",
        );
      }
      for (const { query, metricName } of specs) {
        promised(
          metrics.some((metric) => metric.name === metricName),
          "what is served is asked for",
        );
        const again = parseQuery(canonicalQuery(query));
        promised(again.ok && canonicalQuery(again.query) === canonicalQuery(query), "a query means itself");
      }
      const served = new Set(specs.map(({ metricName }) => metricName));
      const untold = metrics.filter(({ name }) => !served.has(name));
      promised(untold.length === 0 || problems.length > 0, "a metric is served, or its owner is told why not");
    });
  },
};
