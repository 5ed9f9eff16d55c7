import fc from "fast-check";

const PROXIES = ["10.0.0.1:15090", "10.0.0.2:15090", "10.0.0.3:15090", "10.0.0.4:15090"];
const WORKLOAD = 'destination_workload="web",destination_workload_namespace="shop",reporter="destination"';
const counters = ["istio_requests_total", "istio_request_bytes_sum", "istio_response_bytes_sum"];
const connections = ["istio_tcp_connections_opened_total", "istio_tcp_connections_closed_total"];
const histogram = "istio_request_duration_milliseconds";

/** The metrics of `proxiesText`. */
export const METRICS = [
  ...counters,
  ...connections,
  ...["bucket", "sum", "count"].map((kind) => `${histogram}_${kind}`),
];

/**
 * The metrics of four proxies after so many seconds, as Prometheus stores them: with the labels `pod` and `instance` of
 * each. The proxies differ in codes, in buckets and in what they have: one has no responses, one no connections.
 */
export function proxiesText(seconds: number): string {
  const lines = PROXIES.flatMap((instance, proxy) => {
    const at = Math.max(1, seconds) * (1 + proxy * 1.7);
    const of = `${WORKLOAD},instance="${instance}",pod="web-${proxy}",source_app="client-${proxy % 2}"`;
    const codes = ["200", "404", "503"].slice(0, 1 + (proxy % 3));
    const bounds = proxy === 3 ? ["7", "30", "+Inf"] : ["5", "25", "250", "+Inf"];
    return [
      ...codes.flatMap((code, kind) => [
        `istio_requests_total{${of},response_code="${code}"} ${at / (kind + 1)}`,
        `istio_request_bytes_sum{${of},response_code="${code}"} ${at * 31}`,
        ...(proxy === 2 ? [] : [`istio_response_bytes_sum{${of},response_code="${code}"} ${at * 97}`]),
        ...bounds.map(
          (le, index) => `${histogram}_bucket{${of},response_code="${code}",le="${le}"} ${at * (index + 1)}`,
        ),
        `${histogram}_sum{${of},response_code="${code}"} ${at * 71}`,
        `${histogram}_count{${of},response_code="${code}"} ${at * bounds.length}`,
      ]),
      ...(proxy === 1 ? [] : [`istio_tcp_connections_opened_total{${of}} ${20 + proxy}`]),
      ...(proxy === 0 ? [] : [`istio_tcp_connections_closed_total{${of}} ${5 + 9 * proxy}`]),
    ];
  });
  // A histogram's bounds are stored as `25.0`.
  return [`# TYPE ${histogram} histogram`, ...lines, ""].join("\n");
}

const condition = fc.constantFrom(
  "",
  "",
  "",
  ',response_code="200"',
  ',response_code!="200"',
  ',response_code=~"5..|404"',
  ',response_code!~"[45].+"',
  ',response_code=~"(2|5)0?[03]"',
  ',response_code=~""',
  ',source_app=~"client-\\\\d"',
  ',source_app="nobody"',
  ',grpc_response_status=""',
  ',le="25.0"',
  ',le!="+Inf"',
);
const metric = fc.constantFrom(...METRICS);
const labels = fc
  .subarray(["instance", "response_code", "source_app", "le", "destination_workload"])
  .map((some) => some.join(","));
const aggregation = fc.constantFrom("sum", "sum", "avg", "count", "max", "min");
const operator = fc.constantFrom("+", "-", "*", "/", ">", "<", ">=", "<=", "!=", "or", "or", "and");
const number = fc.constantFrom("0", "1", "0.5", "-3", "7e1", "Inf", "NaN", "(2 * 3 - 1)");

/** Queries about the metrics of `proxiesText`, nearly all of the forms that are evaluated from proxies. */
export const proxyQuery: fc.Arbitrary<string> = fc.letrec<{ one: string; many: string; series: string }>((tie) => ({
  /** At most one sample. */
  one: fc.oneof(
    { maxDepth: 4, depthIdentifier: "direct", withCrossShrink: true },
    fc.tuple(aggregation, fc.oneof(tie("series"), tie("many"))).map(([call, of]) => `${call}(${of})`),
    fc.tuple(tie("one"), operator, tie("one")).map(([left, how, right]) => `(${left}) ${how} (${right})`),
    fc
      .tuple(
        tie("one"),
        operator.filter((how) => !/[ao]/.test(how)),
        number,
      )
      .map((parts) => `(${parts[0]}) ${parts[1]} ${parts[2]}`),
    fc
      .tuple(
        number,
        operator.filter((how) => !/[ao]/.test(how)),
        tie("one"),
      )
      .map((parts) => `${parts[0]} ${parts[1]} (${parts[2]})`),
    tie("one").map((of) => `-(${of})`),
    quantile("sum by (le)"),
    quantile("max by (le)"),
  ),
  /** The samples of groups, for an aggregation. */
  many: fc.oneof(
    { maxDepth: 4, depthIdentifier: "direct", withCrossShrink: true },
    fc
      .tuple(aggregation, labels, fc.oneof(tie("series"), tie("many")))
      .map(([call, by, of]) => `${call} by (${by}) (${of})`),
    fc
      .tuple(
        aggregation,
        labels.filter((without) => !without.includes("instance")),
        tie("series"),
      )
      .map(([call, without, of]) => `${call}(${of}) without (${without})`),
    fc.tuple(tie("many"), operator, tie("many")).map(([left, how, right]) => `(${left}) ${how} (${right})`),
    quantile("sum by (le, instance)"),
    quantile("sum by (le, response_code)"),
  ),
  /** Single series. */
  series: fc.oneof(
    { maxDepth: 4, depthIdentifier: "direct", withCrossShrink: true },
    {
      weight: 3,
      arbitrary: fc.tuple(metric, condition).map(([name, more]) => `rate(${name}{${WORKLOAD}${more}}[10s])`),
    },
    fc.tuple(metric, condition).map(([name, more]) => `${name}{${WORKLOAD}${more}}`),
    fc.tuple(tie("series"), operator, tie("series")).map(([left, how, right]) => `(${left}) ${how} (${right})`),
    tie("series").map((of) => `(${of}) > 3`),
    quantile(""),
  ),
})).one;

function quantile(call: string): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom("0", "0.5", "0.95", "1", "-1", "2"), condition)
    .map(([of, more]) => `histogram_quantile(${of}, ${call} (rate(${histogram}_bucket{${WORKLOAD}${more}}[10s])))`);
}
