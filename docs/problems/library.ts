import type { LibraryProblemCode } from "@asm-autoscaler/hpa-metrics";

/**
 * What each problem of the section means, as Markdown for the error reference.
 * Its severity and remedy are in packages/hpa-metrics/src/problems/library.ts.
 */
export const libraryMeanings: Readonly<Record<LibraryProblemCode, string>> = {
  ASM_ANTICIPATE_INVALID:
    "An argument of `anticipate` is not valid. The lead is not a duration of whole minutes from `1m` to `1h`, a day in " +
    "`except` is not written as `2026-12-25`, or `timeZone` is not a name such as `Europe/Berlin`.",
  ASM_ADDON_CONFIG: "The `config` of one of the `managedAddons` of an `AckCluster` is not a JSON object.",
  ASM_ARGUMENT_LATE:
    "An argument that decides which resources exist (zones, node pools, addons, the kind of credentials) is an " +
    "output of another resource. Its value is not known at preview. Programs in TypeScript cannot get this error if " +
    "they compile. YAML, JavaScript and Python can.",
  ASM_ARGUMENT_MISPLACED:
    "An argument does not belong to the option that you chose: `windowSeconds` with `query`, `averageValue` with " +
    "`requestsPerSecond`, `temporaryMinutes` without temporary credentials, `grafanaPassword` without Grafana, " +
    "`caSecret` of a delegate whose certificate is not verified, or a waypoint without ambient mode.",
  ASM_ARGUMENT_MISSING:
    "A required argument of a component is missing. The message shows its path. A program in TypeScript that " +
    "compiles can get this error only for an argument that is required in some cases, such as `vpcId` for a new " +
    "mesh. Programs in YAML, JavaScript and Python can get it for every required argument.",
  ASM_ARGUMENT_TYPE:
    'An argument has a value of another type, such as the text `"10"` where a number is expected. The message ' +
    "repeats the value only where a number or a boolean is expected, because any other value may be a secret. " +
    "Programs in TypeScript cannot get this error if they compile. YAML, JavaScript and Python can.",
  ASM_ARGUMENT_UNKNOWN:
    "A component, or an object inside its arguments, has an argument that does not exist, for example a typing " +
    "mistake. Programs in TypeScript cannot get this error if they compile. YAML, JavaScript and Python can. The " +
    "message shows the nearest known name.",
  ASM_AUTHORIZATION_TWICE:
    "A Prometheus endpoint has two of `authorization`, `basicAuth`, a header `Authorization` and credentials in a " +
    "Secret or an external store. A request can have only one such header.",
  ASM_AUTOSCALER_PAUSED:
    "A `TrafficAutoscaler` has `paused: true`. Its HPA keeps the number of replicas as it is. The warning is in every " +
    "preview and update, so that nobody forgets the pause.",
  ASM_BACKTEST_CSV:
    "`asm-autoscaler backtest` or `tune` cannot read a line of the traffic file, or the line's time is not later than that " +
    "of the line before.",
  ASM_BACKTEST_FLAG:
    "The command line of `asm-autoscaler backtest` or `tune` is wrong: an unknown flag, an invalid value, or flags that " +
    "contradict each other. The message names them.",
  ASM_BACKTEST_INPUT:
    "An input file of `asm-autoscaler backtest` or `tune` cannot be read, or has no HPA, several HPAs, or an HPA with an " +
    "invalid quantity. The same error appears if the simulation would be too large: more than 92 days, or more " +
    "than 10,000 pods.",
  ASM_BACKTEST_METRIC:
    "The HPA has no metric of requests per second per pod, or there is no traffic for it. A backtest has only the numbers of requests, so it " +
    "cannot calculate how latency, queues or errors change with the number of pods.",
  ASM_BACKTEST_OUTPUT:
    "`asm-autoscaler backtest` or `tune` cannot write the file of `--svg` or `--html`. It has printed the result.",
  ASM_BACKTEST_RANGE:
    "Prometheus returned no traffic for the backtest. Possible causes: it cannot be reached, it rejects the query, the " +
    "query returns no series or several series, a number is negative, a part of the data may be missing, or `--step` " +
    "gives too many points.",
  ASM_BUNDLE_MISSING:
    "A `MetricsAdapter` without `image` does not find the adapter's code (`bundle`) in its package. This happens in " +
    "a checkout that is not built.",
  ASM_BUNDLE_TOO_LARGE:
    "The adapter's code (`bundle`) and its loader are larger than a ConfigMap can be (1,048,576 bytes).",
  ASM_CERTIFICATE_INVALID:
    "`caBundle` of a Prometheus endpoint or of `admissionWebhook` is not one or more PEM certificates. A common " +
    "mistake is a path, or base64 text.",
  ASM_CHOICE_UNKNOWN: "An argument has a value that is not one of its allowed values.",
  ASM_CIDR_INVALID:
    "An address block is not a valid IPv4 CIDR block, does not start at its first address, or has a prefix length " +
    "that is not allowed there.",
  ASM_CIDR_OUTSIDE: "The address block of a vSwitch is not inside the block of its VPC.",
  ASM_CIDR_OVERLAP: "Two address blocks overlap: those of two vSwitches, or those of the cluster's pods and Services.",
  ASM_CLOUD_NAME_INVALID:
    "Alibaba Cloud would reject the name of a network or cluster when it creates it. The component's name is used " +
    "if you set no other name.",
  ASM_CNI_CONTRADICTED:
    "An addon of an `AckCluster` selects another pod network than the arguments do, or disables that network.",
  ASM_COUNT_INVALID: "A number (replicas, nodes, seconds, GiB and so on) is not a whole number in the allowed range.",
  ASM_ENDPOINT_PUBLIC:
    "An `AckCluster` has `publicEndpoint: false`, and its API server has a public address. Alibaba Cloud's provider does " +
    "not send false, so that ACK decided.",
  ASM_EXISTING_CONTRADICTED:
    "A component has both `existing` (the ids of something that exists) and an argument for something that it " +
    "would create.",
  ASM_FLAG_REFUSED:
    "`extraArgs` of a `MetricsAdapter`, or of the Helm chart, has a flag that the adapter does not have, that has no " +
    "valid value, or that another argument sets. The message does not repeat the value, because it may be a secret.",
  ASM_EXTRA_RESERVED:
    "`extra` of a node pool sets an input that the component makes from another argument, such as the pool's size.",
  ASM_GRAFANA_PASSWORD: "ARMS does not accept the `grafanaPassword` of a `ManagedPrometheus`.",
  ASM_HEADER_INVALID:
    "A header of a Prometheus endpoint (also `authorization`) has a name or value that HTTP does not allow, or is " +
    "a header that the connection sets itself. A common cause is a line break at the end of a file's text.",
  ASM_HISTORY_SHORT:
    "`anticipate` compares with periods that are longer ago than the `MeshPrometheus` of the program keeps its samples. " +
    "Nothing is anticipated without the history, and the autoscaler works as without `anticipate`.",
  ASM_IMAGE_INVALID:
    "`image` or `imageRegistry` is empty, or has white space, a scheme, or a slash at the end. Or `imageRegistry` has no " +
    "host, or is in Container Registry Personal Edition and is not a host and one namespace.",
  ASM_IMAGE_TWICE:
    "A `MetricsAdapter` has both `image` and `imageRegistry`. `imageRegistry` applies to the stock image only.",
  ASM_KEY_RESERVED:
    "A label, an annotation or an environment variable in the arguments is one that the component sets itself, or that " +
    "the adapter reads. Another value would break the object: its Service would not find the pods, or a metric would " +
    "have no query.",
  ASM_MAINTENANCE_INVALID:
    "The time, the length or the days of a `maintenanceWindow` are not as ACK expects them. ACK would refuse them after " +
    "the cluster is created.",
  ASM_MANAGED_PROMETHEUS_MISSING:
    "A `ManagedPrometheus` with `lookUp` finds no instance for the cluster, or an instance without the URL. " +
    "Possible causes: the add-on was installed a moment ago, the id is not the cluster's, or the instance has no " +
    "public URL.",
  ASM_MATCHER_INVALID:
    "A label in `matchers` cannot be matched. Either the name is not a valid label name, the value is not text, or " +
    "the signal sets the label itself (`destination_workload`, `destination_workload_namespace`, `reporter`, `le`; " +
    "also `response_code` for `errorRatio`).",
  ASM_METRICS_EMPTY: "A `TrafficAutoscaler` has no metric.",
  ASM_METRIC_KIND:
    "A metric of a `TrafficAutoscaler` has no signal, resource (`cpuUtilization`, `memoryUtilization`) or query, or " +
    "more than one of them.",
  ASM_NAME_INVALID:
    "The name of a namespace, scale target or pull secret of a component is not a valid Kubernetes name (RFC 1123 " +
    "label or subdomain). Or a delegate of a `MetricsAdapter` has a name, Service, Secret or metric name that is not " +
    "valid, or two delegates have the same name. Or one of its `directGateways` is not `NAMESPACE/SELECTOR`.",
  ASM_NODES_NONE:
    "No node pool of an `AckCluster` always has a node. System pods and the Cluster Autoscaler itself need a node " +
    "at all times.",
  ASM_NODE_IMAGE:
    "The `imageType` of a node pool is for ARM processors and an instance type has x86 processors, or the other way " +
    "around. A node that cannot start its image never joins the cluster.",
  ASM_NODE_POOL_CROSSED: "`minSize` of an elastic node pool is larger than its `maxSize`.",
  ASM_NODE_POOL_KIND: "A node pool is neither fixed (`desiredSize`) nor elastic (`maxSize`), or it is both.",
  ASM_NUMBER_INVALID:
    "A number is outside the range of its argument, or has more decimals than are stored (`errorRatio`, " +
    "`latencyQuantile`, `stabilizationWindowSeconds`, `tolerance`, `expectedRequestsPerSecond`, `timeoutSeconds`).",
  ASM_PASSWORD_EMPTY:
    "`grafanaPassword` of a `MeshPrometheus` is empty. Grafana would then start with its well-known default " +
    "password.",
  ASM_POD_NETWORK_KIND:
    "An `AckCluster` has both `podVswitchIds` and its own `podCidr`, neither of them, or an empty `podVswitchIds`. A " +
    "`MeshNetwork` whose zones have no `podCidr` gives such an empty list.",
  ASM_POD_SWITCHES_MIXED:
    "Some zones of a `MeshNetwork` have a `podCidr` of the zone and others do not. A cluster has one kind of pod network.",
  ASM_QUANTITY_INVALID:
    "A text is not a Kubernetes quantity (the message is the one of Go's parser), or its exponent is beyond ±100.",
  ASM_QUERY_NAMELESS: "A metric with `query` has no `queryName`.",
  ASM_QUERY_NAME_INVALID: "A query name is not a valid Kubernetes label value.",
  ASM_QUERY_NAME_TAKEN:
    "Two `TrafficAutoscaler` resources of one program use the same query name in one namespace for different " +
    "queries. The default query name starts with the workload's name, so this is about a `queryName` that you set. " +
    "An HPA asks by namespace and query name. With two queries under one name the adapter cannot choose, so it would serve neither (`ASM_KEY_CLAIMED_TWICE`).",
  ASM_QUERY_NAME_TWICE: "Two queries of one HPA have the same name. They would be the same annotation.",
  ASM_REPLICAS_CROSSED: "`minReplicas` of a `TrafficAutoscaler` is larger than its `maxReplicas`.",
  ASM_REPLICAS_FIXED:
    "The Deployment that a `TrafficAutoscaler` scales sets `spec.replicas`. Each update of the Deployment would " +
    "reset the number of pods.",
  ASM_REPLICAS_TOO_FEW:
    "`maxReplicas` pods cannot serve `expectedRequestsPerSecond` at the metric's `requestsPerSecond`.",
  ASM_SCHEDULE_INVALID:
    "A schedule is not valid. Its times are not hours and minutes, its `utcOffset` is not an offset such as " +
    "`+08:00`, its `timeZone` is not a name such as `Europe/Berlin`, it has no day, or its end equals its start. Or all " +
    "schedules together make a query that is too long for the adapter.",
  ASM_SCRAPE_INTERVAL: "The scrape interval passed to `envoyStatsJob` is not a whole positive number of seconds.",
  ASM_SCRAPE_TWICE:
    "An `OperatorPrometheus` creates a PodMonitor for the proxies, and the program does not say whether the chart " +
    "already has a job for them. With both, Prometheus stores each counter twice, and each reading is twice too high. " +
    "Alibaba Cloud's page on a self-managed Prometheus adds such a job, `envoy-stats`, to `additionalScrapeConfigs` " +
    "of ack-prometheus-operator. The preview cannot read the values of the chart.",
  ASM_SETTINGS_DIFFER:
    "Two queries of one HPA differ in server alias or aggregate. Queries that use `query-name` share one " +
    "metric name, and therefore these settings.",
  ASM_SWITCH_COUNT: "A cluster has no vSwitch for nodes, or more than the five that ACK allows.",
  ASM_TAINT_TWICE: "Two taints of a node pool have the same key and effect. Kubernetes allows each pair once.",
  ASM_TARGET_COUNT: "A metric with a query does not have exactly one of `averageValue` and `value`.",
  ASM_TARGET_INVALID:
    "A target value (`requestsPerSecond`, `averageValue`, `value`) is not a Kubernetes quantity or is not above " +
    "zero. A number is rounded to thousandths, so a number below 0.0005 is zero. A quantity is rounded up to the " +
    "next thousandth (`1m`), as in Kubernetes.",
  ASM_TARGET_SHARED:
    "Two `TrafficAutoscaler` resources of one program scale the same workload, or their HPAs have the same name in " +
    "one namespace. Kubernetes does not scale a workload with two HPAs: the condition `ScalingActive` of both is " +
    "False with the reason `AmbiguousSelector`. Two HPAs of the same name are one object, which both would write.",
  ASM_THRESHOLD_INVALID: "`utilizationThreshold` of the Cluster Autoscaler is not between 0 and 1.",
  ASM_URL_INVALID:
    "The URL of Prometheus is not http or https, has a query or a fragment, or contains credentials. Credentials " +
    "have arguments of their own. The URLs of `allowedPrometheusServers` are visible to everyone who can read pods. " +
    "The URL of an additional server cannot have a comma either.",
  ASM_WEBHOOK_CERTIFICATE:
    "`admissionWebhook` of a `MetricsAdapter` does not say where the webhook's serving certificate comes from. It " +
    "is `true`, or has neither `certManager: true` nor `secretName` and `caBundle`. The adapter is not allowed to " +
    "write the webhook's `caBundle`, so the program or cert-manager must know the CA.",
  ASM_WINDOW_EMPTY: "The window of a rate is shorter than two scrape intervals. The metric would never have a value.",
  ASM_WINDOW_SHORT:
    "The `windowSeconds` of a metric is shorter than four scrape intervals. With three scrape intervals, one failed " +
    "scrape still leaves a value but two do not. With fewer, one late or failed scrape can leave the metric without " +
    "a reading. The reaction `Fast` uses three scrape intervals on purpose, and does not cause this warning. The same " +
    "warning is about a `query` of Istio's metrics with a short window, and about a `scrapeIntervalSeconds` that is " +
    "shorter than that of the one `MeshPrometheus` or `OperatorPrometheus` of the program.",
  ASM_ZERO_UNSEEN:
    "`minReplicas` is 0, and no metric has a value while the workload has no pod, so the HPA could never add the " +
    "first pod. Sidecars, CPU and memory report nothing without a pod.",
  ASM_ZONE_TWICE: "Two zones of a `MeshNetwork` have the same `zoneId`. The vSwitches are named after it.",
};

/** Problems that `hpa-metrics` and `asm-autoscaler backtest` report. A preview reports every other one of the library. */
export const reportedWithoutPreview: ReadonlySet<LibraryProblemCode> = new Set([
  "ASM_BACKTEST_CSV",
  "ASM_BACKTEST_FLAG",
  "ASM_BACKTEST_INPUT",
  "ASM_BACKTEST_METRIC",
  "ASM_BACKTEST_OUTPUT",
  "ASM_BACKTEST_RANGE",
  "ASM_MANAGED_PROMETHEUS_MISSING",
  "ASM_QUANTITY_INVALID",
  "ASM_QUERY_NAME_INVALID",
  "ASM_QUERY_NAME_TWICE",
  "ASM_SCRAPE_INTERVAL",
  "ASM_SETTINGS_DIFFER",
]);
