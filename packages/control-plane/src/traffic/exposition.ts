/**
 * The answer of a sidecar on /stats/prometheus, in Prometheus text format with the names of Istio's standard metrics.
 * Differences from a real Envoy:
 * - Of Envoy's own statistics it has three. A real one has thousands.
 * - A filter is a JavaScript regular expression. What RE2 does not know is refused as RE2 does.
 * - A duration has one fixed shape around its mean, and a body has one size.
 * https://www.envoyproxy.io/docs/envoy/latest/operations/admin#get--stats-prometheus
 */
import { braces, type Dialect, internalName, type Labels } from "./dialect.ts";

/** One Istio time series of a sidecar: its labels and its number of requests. */
export interface RequestSeries {
  readonly labels: Labels;
  /** Whole requests. */
  readonly requests: number;
  /** Whole requests at the last flush, which the histograms show. Default: `requests`. */
  readonly flushed?: number;
  /** Mean duration, in milliseconds. Default: 6. */
  readonly meanMilliseconds?: number;
  /** Bytes of one request and of one response. Default: there are no histograms of bytes. */
  readonly bytes?: { readonly request: number; readonly response: number };
}

/** TCP connections with equal labels, at the last report of their counters. */
interface ConnectionSeries {
  readonly labels: Labels;
  readonly opened: number;
  readonly closed: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** What was asked of the sidecar, and how it writes. */
export interface Reply {
  /** Default: `new`. */
  readonly dialect?: Dialect;
  readonly connections?: readonly ConnectionSeries[];
  /** Only statistics whose internal name matches somewhere. */
  readonly filter?: RegExp;
  /** Only statistics that were ever changed. */
  readonly isUsedOnly?: boolean;
}

/** The buckets of Istio's histograms (Envoy's default), in milliseconds or bytes. */
const bucketBounds = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];

/** Mean duration in milliseconds of the shape below. */
const MEAN_MILLISECONDS = 6;

/**
 * Share of requests that took at most this many milliseconds. It is constant, so the result of a latency query is
 * known.
 */
const shareWithin = (milliseconds: number): number => {
  if (milliseconds < 5) return 0;
  if (milliseconds < 10) return 0.6;
  if (milliseconds < 25) return 0.9;
  return milliseconds < 50 ? 0.99 : 1;
};

interface Sample {
  readonly suffix: string;
  readonly labels: Labels;
  readonly value: number;
}

/** One statistic: a line, or the lines of one histogram. */
interface Stat {
  readonly metric: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** Made only when a filter asks for it. */
  internalName(): string;
  readonly isUsed: boolean;
  readonly samples: readonly Sample[];
}

/** The text of an answer. A statistic of Istio that never counted anything does not exist. */
export function exposition(series: readonly RequestSeries[], reply: Reply = {}): string {
  const { dialect = "new", connections = [], filter, isUsedOnly = false } = reply;
  const stats = [...istioStats(series, connections, dialect), ...ENVOY_STATS].filter(
    (stat) => (filter?.test(stat.internalName()) ?? true) && (stat.isUsed || !isUsedOnly),
  );
  const families = Map.groupBy(stats, ({ metric }) => metric);
  const text = Array.from(families, ([metric, members]) => {
    const lines = members.flatMap(({ samples }) =>
      samples.map(({ suffix, labels, value }) => `${metric}${suffix}${braces(labels, dialect)} ${value}\n`),
    );
    return `# TYPE ${metric} ${members[0]?.type}\n${lines.join("")}${dialect === "old" ? "\n" : ""}`;
  });
  return text.join("");
}

/**
 * The filter of a query string. RE2 knows no lookaround and no references to groups.
 * @throws SyntaxError if it is not a regular expression of RE2.
 */
export function filterOf(text: string): RegExp {
  if (/\(\?<?[=!]|\\[1-9k]/.test(text)) throw new SyntaxError(`invalid perl operator or escape in ${text}`);
  return new RegExp(text);
}

function istioStats(series: readonly RequestSeries[], connections: readonly ConnectionSeries[], dialect: Dialect) {
  const counters = (metric: string, of: readonly (readonly [Labels, number])[]): Stat[] =>
    of.flatMap(([labels, value]) =>
      value > 0 ? [stat("counter", metric, labels, dialect, plain(labels, value))] : [],
    );
  const histograms = (metric: string, samples: (one: RequestSeries, count: number) => Sample[]): Stat[] =>
    series.flatMap((one) => {
      const count = one.flushed ?? one.requests;
      return count > 0 ? [stat("histogram", metric, one.labels, dialect, samples(one, count))] : [];
    });
  const tcp = (metric: string, value: (one: ConnectionSeries) => number) =>
    counters(
      metric,
      connections.map((one) => [one.labels, value(one)] as const),
    );
  const bytes = (direction: "request" | "response") =>
    histograms(`istio_${direction}_bytes`, ({ labels, bytes }, count) =>
      bytes ? histogram(labels, count, bytes[direction], (bound) => Number(bound >= bytes[direction])) : [],
    ).filter(({ samples }) => samples.length > 0);
  return [
    ...counters(
      "istio_requests_total",
      series.map(({ labels, requests }) => [labels, requests] as const),
    ),
    ...tcp("istio_tcp_connections_closed_total", ({ closed }) => closed),
    ...tcp("istio_tcp_connections_opened_total", ({ opened }) => opened),
    ...tcp("istio_tcp_received_bytes_total", ({ receivedBytes }) => receivedBytes),
    ...tcp("istio_tcp_sent_bytes_total", ({ sentBytes }) => sentBytes),
    ...bytes("request"),
    ...histograms("istio_request_duration_milliseconds", ({ labels, meanMilliseconds = MEAN_MILLISECONDS }, count) =>
      histogram(labels, count, meanMilliseconds, (bound) =>
        shareWithin((bound * MEAN_MILLISECONDS) / meanMilliseconds),
      ),
    ),
    ...bytes("response"),
  ];
}

function stat(type: Stat["type"], metric: string, labels: Labels, dialect: Dialect, samples: readonly Sample[]): Stat {
  return { metric, type, internalName: () => internalName(metric, labels, dialect), isUsed: true, samples };
}

const plain = (labels: Labels, value: number): Sample[] => [{ suffix: "", labels, value }];

/** @param share The share of the counted that is at most at a bound, from 0 to 1. */
function histogram(labels: Labels, count: number, mean: number, share: (bound: number) => number): Sample[] {
  return [
    ...bucketBounds.map((bound) => ({
      suffix: "_bucket",
      labels: { ...labels, le: String(bound) },
      value: Math.floor(count * share(bound)),
    })),
    { suffix: "_bucket", labels: { ...labels, le: "+Inf" }, value: count },
    { suffix: "_sum", labels, value: count * mean },
    { suffix: "_count", labels, value: count },
  ];
}

/** What every Envoy has besides: a counter that was used, one that was not, and a gauge. */
const ENVOY_STATS: readonly Stat[] = [
  ["counter", "listener_manager.lds.update_success", 3, true] as const,
  ["counter", "listener_manager.lds.update_rejected", 0, false] as const,
  ["gauge", "server.live", 1, true] as const,
].map(([type, name, value, isUsed]) => ({
  ...{ type, isUsed, internalName: () => name, metric: `envoy_${name.replaceAll(".", "_")}` },
  samples: plain({}, value),
}));
