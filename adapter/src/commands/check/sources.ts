import { isServedType, record, recordsIn } from "@asm-autoscaler/hpa-metrics";
import { claimants, neighbourReadOf, type Routed } from "../../delegates/routing.ts";
import type { EditableHpa, EditableMetric } from "./cleanHpa.ts";
import { KEDA_LABEL } from "./keda/kedaHpas.ts";
import type { Finding } from "./report.ts";

/** Metric types that this adapter serves: the label `type`, or else the name of an External metric. */
export function isOurs({ name, matchLabels }: EditableMetric): boolean {
  return isServedType(matchLabels["type"] || name);
}

/** A source of metrics that this adapter does not have. */
interface Source {
  readonly id: string;
  /** What serves the metric. */
  readonly serves: string;
  /** What to use instead. */
  readonly instead: string;
}

const ON_PROMETHEUS = "if Prometheus has the same number, write it as a query and add the label type: prometheus";

/**
 * Collectors of kube-metrics-adapter for External metrics, by the label `type` or the metric's name.
 * Source: https://github.com/zalando-incubator/kube-metrics-adapter, README.md and pkg/server/start.go
 */
const COLLECTORS: Readonly<Record<string, readonly [collector: string, instead: string]>> = {
  "sqs-queue-length": ["AWS SQS", "export the length of the queue to Prometheus, and query it there"],
  "flux-query": ["InfluxDB", ON_PROMETHEUS],
  influxdb: ["InfluxDB", ON_PROMETHEUS],
  "zmon-check": ["ZMON", ON_PROMETHEUS],
  zmon: ["ZMON", ON_PROMETHEUS],
  nakadi: ["Nakadi", ON_PROMETHEUS],
  "json-path": ["HTTP (json-path)", "let Prometheus scrape the number, and query it there"],
  http: ["HTTP (json-path)", "let Prometheus scrape the number, and query it there"],
  "requests-per-second": ["requests of hostnames", ON_PROMETHEUS],
};

const MESH =
  "or scale on the requests that the mesh counts, which are seconds old (docs/how-to/neighbours/alibaba-cloud.md)";

/**
 * Metrics of Alibaba Cloud's adapter, by the start of their name or of a label, and what to use instead of a delegate.
 * Source: https://github.com/AliyunContainerService/alibaba-cloud-metrics-adapter, pkg/metrics, and
 * https://www.alibabacloud.com/help/en/ack, "Horizontally scale pods with Alibaba Cloud metrics"
 */
const ALIBABA: readonly (readonly [start: RegExp, service: string, instead: string])[] = [
  [/^sls[_.]/, "Simple Log Service (SLS), which has the logs of Ingresses and of MSE gateways", MESH],
  [/^(?:slb|alb|nlb)[_.]/, "Server Load Balancer (SLB)", MESH],
  [
    /^(?:arms|apm)[_.]/,
    "Application Real-Time Monitoring Service (ARMS)",
    "or pass check the values of its chart as well: a rule with this name becomes a query on ARMS",
  ],
  [/^(?:ahas|sentinel)[_.]/, "Application High Availability Service (AHAS)", MESH],
  [/^(?:cms[_.]|k8s[_.]workload[_.])/, "CloudMonitor", "or use a metric of type Resource, which is newer"],
  [/^cost[_.]/, "the cost analysis of ACK", "or remove the metric: cost says nothing about load"],
];

/** The id of findings about metrics of Alibaba Cloud's adapter, and its name. */
const ALIBABA_ADAPTER = "ack-alibaba-cloud-metrics-adapter";

/** The name of the adapter that an HPA was written for, if all its External metrics are of Alibaba Cloud's adapter. */
export function ownAdapter({ external, annotations }: EditableHpa): string | undefined {
  const isKubeMetricsAdapter = Object.keys(annotations).some((key) => key.startsWith("metric-config."));
  const isAlibaba = external.length > 0 && external.every((metric) => sourceOf(metric).id === ALIBABA_ADAPTER);
  return isAlibaba && !isKubeMetricsAdapter ? ALIBABA_ADAPTER : undefined;
}

/**
 * Reports an External metric that this adapter does not serve itself, in the words of the adapter that serves it. It is
 * no difference if a delegate claims it. The lists of the delegates are not read.
 */
export function otherExternal(
  metric: EditableMetric,
  namespace: string,
  delegates: readonly Routed[],
  noRule?: string,
): Finding {
  const { name, matchLabels } = metric;
  const { id, serves, instead } = sourceOf(metric, noRule);
  const type = matchLabels["type"];
  const read = neighbourReadOf(namespace, metric);
  const [delegate] = read ? claimants(read, delegates, () => false) : [];
  if (delegate)
    return {
      ...{ id, differs: false, message: `another adapter has the external metric "${name}"`, reference: serves },
      here: `served through the delegate "${delegate.name}"`,
    };
  const listing = delegates.filter(({ selectorKey }) => selectorKey === undefined).map((one) => `"${one.name}"`);
  return {
    id,
    differs: true,
    message: `no source here serves the external metric "${name}"${type ? ` of type "${type}"` : ""}`,
    reference: serves,
    here:
      listing.length > 0
        ? `served if the delegate ${listing.join(" or ")} lists it, which check does not read; if it does, add metric= with its name to --delegate`
        : `not served: ${instead}`,
  };
}

function sourceOf({ name, matchLabels }: EditableMetric, noRule?: string): Source {
  const words = [name, ...Object.keys(matchLabels)];
  const scaledObject = matchLabels[KEDA_LABEL];
  if (scaledObject !== undefined) {
    const instead = "pass check the ScaledObject, which it translates";
    return { id: "keda", serves: `KEDA serves it for the ScaledObject ${scaledObject}`, instead };
  }
  const known = ALIBABA.find(([start]) => words.some((word) => start.test(word.toLowerCase())));
  if (known !== undefined) {
    const [, service, instead] = known;
    return {
      id: ALIBABA_ADAPTER,
      serves: `${ALIBABA_ADAPTER} reads it from ${service}`,
      instead: `keep that adapter as a delegate (--delegate=alibaba), ${instead}`,
    };
  }
  const type = matchLabels["type"] || name;
  const collector = Object.hasOwn(COLLECTORS, type) ? COLLECTORS[type] : undefined;
  if (collector !== undefined) {
    const [source, instead] = collector;
    return { id: "ASM_METRIC_NOT_SERVED", serves: `serves it by its collector for ${source}, if enabled`, instead };
  }
  if (/^datadogmetric@/.test(name)) {
    const instead = "keep the Datadog cluster agent, or query Prometheus";
    return { id: "ASM_METRIC_NOT_SERVED", serves: "the Datadog cluster agent serves it", instead };
  }
  return {
    id: "ASM_METRIC_NOT_SERVED",
    serves: "another adapter, or a source of that type, may serve it",
    instead: `${noRule === undefined ? "" : `${noRule}; `}find out what serves it now; ${ON_PROMETHEUS}`,
  };
}

/**
 * Reports the Pods and Object metrics of an HPA, and annotations for such metrics that the HPA does not have.
 * @param isTold Whether there is a finding about this metric of the HPA already.
 * @param noRule Why no rule of prometheus-adapter serves a metric. Undefined if no rules were given.
 */
export function unservedCustom(
  metrics: unknown,
  { annotations }: EditableHpa,
  isTold: (metric: Record<string, unknown>, name: string) => boolean = () => false,
  noRule?: string,
): Finding[] {
  const custom = recordsIn(metrics).flatMap((metric): { type: string; isKnown: boolean; finding: Finding }[] => {
    const type = metric["type"] === "Pods" ? "pods" : metric["type"] === "Object" ? "object" : undefined;
    if (type === undefined) return [];
    const source = record(metric[type]);
    const name = String(record(source["metric"])["name"]);
    const isConfigured = Object.keys(annotations).some((key) => key.startsWith(`metric-config.${type}.${name}.`));
    const kind = String(record(source["describedObject"])["kind"]);
    const finding = customFinding(type, name, kind, isConfigured, noRule);
    return [{ type, isKnown: isTold(metric, name), finding }];
  });
  const idle = (["pods", "object"] as const).filter(
    (type) =>
      Object.keys(annotations).some((key) => key.startsWith(`metric-config.${type}.`)) &&
      !custom.some((metric) => metric.type === type),
  );
  return [
    ...custom.flatMap(({ isKnown, finding }) => (isKnown ? [] : [finding])),
    ...idle.map((type) => ({
      id: "ASM_SOURCE_MISSING",
      differs: true,
      key: `metric-config.${type}.…`,
      message: `the HPA configures a metric of type ${type}`,
      reference: "serves it by the custom metrics API",
      here: "not served: keep the reference for the custom metrics API, or use a query on Prometheus",
    })),
  ];
}

function customFinding(
  type: "pods" | "object",
  name: string,
  kind: string,
  isConfigured: boolean,
  noRule: string | undefined,
): Finding {
  const [serves, instead] = customSource(type, name, kind, isConfigured, noRule);
  return {
    id: type === "pods" && isConfigured ? "ASM_COLLECTOR_NOT_SERVED" : "ASM_SOURCE_MISSING",
    differs: true,
    key: `metric-config.${type}.…`,
    message:
      type === "pods"
        ? `the metric "${name}" is of type Pods, of the custom metrics API`
        : `the metric "${name}" is of type Object (${kind}), of the custom metrics API`,
    reference: serves,
    here: `not served: ${instead}`,
  };
}

function customSource(
  type: "pods" | "object",
  name: string,
  kind: string,
  isConfigured: boolean,
  noRule: string | undefined,
): [string, string] {
  const rules =
    noRule === undefined
      ? "pass check the rules too, if prometheus-adapter serves it; otherwise"
      : `${noRule}: correct the name or the rule,`;
  const serves =
    noRule === undefined ? "an adapter of the custom metrics API serves it" : "these rules do not serve it either";
  const keep = `${rules} keep the adapter that serves the custom metrics API, or use a query on Prometheus`;
  if (type === "pods") {
    return isConfigured
      ? [
          "serves it by its collector json-path, which asks each pod",
          `let Prometheus scrape the pods; otherwise ${keep}`,
        ]
      : [serves, keep];
  }
  if (/^(?:Cluster)?ScalingSchedule$/.test(kind)) {
    return [`serves it by its collector for ${kind}`, "use `schedules` of a TrafficAutoscaler instead"];
  }
  if (/^(?:Ingress|RouteGroup)$/.test(kind) && /^requests-per-second(?:,|$)/.test(name)) {
    return [
      "serves it by its collector skipper, from the metrics of the ingress",
      "scale on the requests that the mesh counts (requestsPerSecond), or query skipper's metrics on Prometheus",
    ];
  }
  return [isConfigured ? "serves it by the custom metrics API" : serves, keep];
}
