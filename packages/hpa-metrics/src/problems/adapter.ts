import { error, ofData, ofQuery, type ProblemTable, warning } from "./kind";

/**
 * Problems that owners of HPAs and operators of the adapter see.
 * What each means is in docs/problems/adapter.ts.
 */
export const adapterProblems = {
  ASM_AGGREGATE_INVALID: error("Write one of the four values, or remove the annotation."),
  ASM_ANSWER_LARGE: ofQuery("Aggregate the query to one number, for example with `sum()`."),
  ASM_ANSWER_PARTIAL: error(
    "Repair the store that has no answer, or raise the limit that the warning names; if a warning never means missing data, pass its first words to `--harmless-prometheus-warning`.",
  ),
  ASM_ANTICIPATES_UNKNOWN: warning("Name the query of a metric of the same HPA, or remove the annotation."),
  ASM_ANTICIPATION_HISTORY: warning(
    "Wait, or raise the retention of Prometheus. The autoscaler works without the history as it does without `anticipate`.",
  ),
  ASM_ANTICIPATION_MAXIMUM: warning("Raise `maxReplicas` if the workload may have that many pods."),
  ASM_BUNDLE_HASH: error("Run `pulumi up` again, and find out who changed the ConfigMap."),
  ASM_CA_BUNDLE: warning(
    "Allow `get` and `patch` of that one APIService, or remove the other adapter, or run this adapter without an APIService.",
  ),
  ASM_CA_BUNDLE_CONTESTED: error("Find the program that writes `spec.caBundle` of the APIService, and stop that."),
  ASM_CERTIFICATE_WATCH: warning(
    "Increase `fs.inotify.max_user_instances` on the node, or accept that a new certificate takes effect after up to 30 s.",
  ),
  ASM_CERT_DIR_UNREADABLE: error("Make the file readable for the adapter's user, or remove `--cert-dir`."),
  ASM_CHECK_INPUT: error(
    "Correct the command line or the file. Render a chart with `helm template` first. For a cluster, give a kubeconfig whose user may list `horizontalpodautoscalers`.",
  ),
  ASM_CHECK_UNKNOWN: warning(
    "Find out what the field or the object does. Remove it if it is a mistake, fill in placeholders, or compare it yourself.",
  ),
  ASM_CLOCK_SKEW: warning("Synchronize the clocks of both machines with NTP."),
  ASM_COMMAND: error("See the commands with `--help`."),
  ASM_DATA_OLD: error(
    "Check that Prometheus receives new samples, and that no cache or proxy in front of it delays them.",
  ),
  ASM_DELEGATE_ANSWER: error("Check the log of the delegate, and that its Service leads to a metrics adapter."),
  ASM_DELEGATE_BUSY: error("Find out why the delegate answers slowly, or give it more replicas."),
  ASM_DELEGATE_CA: warning(
    "Check that the Secret, the file or the APIService that `--delegate` names has the CA, and that the adapter may read it.",
  ),
  ASM_DELEGATE_CLASH: warning("Rename the metric in one of the adapters, or change the order of `--delegate`."),
  ASM_DELEGATE_DISCOVERY: warning(
    "Check that the delegate runs, and that the ServiceAccount `asm-metrics-adapter-delegates` may `list` resources of `external.metrics.k8s.io`.",
  ),
  ASM_DELEGATE_INSECURE: warning(
    "Give the delegate a certificate of a CA, and name the CA with `ca-secret` or `ca-file`.",
  ),
  ASM_DELEGATE_LOOP: error("Do not let the delegate forward its reads to this adapter."),
  ASM_DELEGATE_TOKEN: error(
    "Create the ServiceAccount `asm-metrics-adapter-delegates` in the adapter's namespace, and allow the adapter to `create` `serviceaccounts/token` for that name, as in Permissions of `docs/how-to/neighbours.md`.",
  ),
  ASM_DELEGATE_UNREACHABLE: error(
    "Check that the delegate's pods are ready, that a NetworkPolicy allows the connection, and that its certificate names its Service.",
  ),
  ASM_DIALECT_INVALID: error("Write `promql` or `server`."),
  ASM_DIRECT_ADDRESS: warning("Find out what wrote this address to the status of the pod."),
  ASM_DIRECT_ANSWER: warning(
    "Check that `/stats/prometheus` of the sidecar's metrics port answers a request with a filter.",
  ),
  ASM_DIRECT_CLOSED: warning(
    "Allow the adapter's pods to connect to port 15090 of the workload's pods: add an ingress rule to the NetworkPolicy, and unset `METRICS_LOCALHOST_ACCESS_ONLY`. If the adapter has a sidecar, set `traffic.sidecar.istio.io/excludeOutboundPorts: \"15090\"` on it.",
  ),
  ASM_DIRECT_FLUSH: warning("Remove `sidecar.istio.io/statsFlushInterval`, or set it to 5s."),
  ASM_DIRECT_IDLE: warning("Nothing needs to be done. A request of the workload ends it."),
  ASM_DIRECT_LABELS: warning(
    "Compare the labels of the query with the series on port 15090 of a pod, and keep these labels in the Telemetry resources of the mesh.",
  ),
  ASM_DIRECT_LARGE: warning("Select fewer metrics, or remove labels with many values by a Telemetry resource."),
  ASM_DIRECT_LIMIT: warning(
    "Use `reaction: direct` for fewer workloads of the namespace, or remove labels with many values by a Telemetry resource.",
  ),
  ASM_DIRECT_NO_PODS: warning("Find out why no pod of the workload is ready."),
  ASM_DIRECT_NO_SERIES: warning(
    "Send a request to the workload, and check that its sidecars have Istio's standard metrics.",
  ),
  ASM_DIRECT_NO_SIDECAR: warning(
    "Inject the sidecar into the workload's pods, or remove the annotation `reaction: direct`.",
  ),
  ASM_DIRECT_OFF: warning("Start the adapter with `--direct`, or remove the annotation."),
  ASM_DIRECT_PODS: warning(
    "Look at the pods that the message names, and at the adapter's connections to their port 15090.",
  ),
  ASM_DIRECT_QUERY: warning(
    "Write the query in the part of PromQL that proxies answer (docs/reference/annotations.md), or remove the annotation `reaction` or `on-error: direct`.",
  ),
  ASM_DIRECT_REPORTER: warning(
    "Name the gateways and waypoints of other namespaces in `--direct-gateways`. For callers in other namespaces, keep a Prometheus, or remove the annotation `reaction: direct`.",
  ),
  ASM_DIRECT_STARTING: warning("Wait some seconds."),
  ASM_DIRECT_TARGET: warning(
    "Allow the adapter to `get` the `scale` of the target's kind and to `list` and `watch` pods, and check that the target exists.",
  ),
  ASM_EVENTS: warning("Allow the adapter to `create` and `patch` events in all namespaces, as `MetricsAdapter` does."),
  ASM_EXPLAIN_INPUT: error("Write the HPA as `namespace/name`, and use a kubeconfig whose user may `get` it."),
  ASM_FLAG: error(
    "Correct the flag. `asm-metrics-adapter --help` lists all flags, and `docs/reference/flags.md` explains them.",
  ),
  ASM_FLAG_UNUSED: warning("Remove the flag when convenient."),
  ASM_FRONT_PROXY_CONFIG: error(
    "Start the API server with `--requestheader-client-ca-file`; it then writes the ConfigMap.",
  ),
  ASM_GIVE_BACK: error(
    "Allow `get` and `patch` of that one APIService and of the ConfigMap `asm-metrics-adapter-take-over`, as `MetricsAdapter` does, or run `asm-metrics-adapter give-back`.",
  ),
  ASM_HPA_METRICS: error("Give the HPA fewer metrics, or ask the operator to increase `--max-metrics-per-hpa`."),
  ASM_HPA_WATCH: warning(
    "Check that the API server answers and that the adapter may list and watch `horizontalpodautoscalers`.",
  ),
  ASM_HTTP_CONFIG: error(
    "Correct the file. The format is Prometheus's `http_config`; use `authorization.type: none` for a header without a scheme.",
  ),
  ASM_INTERNAL: error("Report the bug with the log line."),
  ASM_INTERVAL_INVALID: error("Write a duration such as `30s` or `1m30s`."),
  ASM_KEY_CLAIMED_TWICE: error("Give each query of the namespace its own `query-name`."),
  ASM_KEY_NOT_READ: warning("Write it as `metric-config.external.<metric>.prometheus/<key>`, or remove it."),
  ASM_KEY_UNUSED: warning("Correct the name or the key, or remove the annotation."),
  ASM_KEY_WITHOUT_EFFECT: warning("Remove the annotation."),
  ASM_KUBECONFIG: error("Give a readable file by `--kubeconfig`, or see `--help`."),
  ASM_LABEL_OVERRIDDEN: warning("Remove one of the two."),
  ASM_METRICS_ADDRESS: error("Free the address, or choose another `--metrics-address`."),
  ASM_METRIC_NOT_SERVED: warning(
    "If Prometheus is the source, add the label `type: prometheus` to the metric's selector.",
  ),
  ASM_METRIC_SIZE: error("Use a shorter name, or a selector with fewer labels."),
  ASM_MORE_PROBLEMS: warning("Correct the reported problems; the adapter then reports the others."),
  ASM_NAMESPACE_MEMORY: error(
    "Shorten the queries or remove HPAs, then change this HPA so that the adapter reads it again.",
  ),
  ASM_NAN: ofData("Add `> 0` to the divisor. If no data means zero, also add `or vector(0)`."),
  ASM_NEGATIVE: ofQuery(
    "Find out why the number is negative; do not use `clamp_min(…, 0)`, which would make an unknown number 0 and scale down.",
  ),
  ASM_NODE: error(
    "Install Node.js 22.19 or newer; in a checkout, use `npx` or the npm scripts, which run the included version.",
  ),
  ASM_NO_SERIES: ofData(
    "Run the query in Prometheus and compare `reporter`, workload and namespace with the series there; add `or vector(0)` if no data means zero.",
  ),
  ASM_OVERFLOW: ofQuery("Divide the result by a constant, or add `> 0` to its divisor."),
  ASM_PER_REPLICA_INVALID: error("Write `true`, or remove the annotation."),
  ASM_PER_REPLICA_TWICE: warning("Remove the annotation `per-replica`, or write the target as a `value`."),
  ASM_POLICY_INVALID: error("Write one of them, such as `last-for 10m` or `value 5`."),
  ASM_PORT_UNUSABLE: error("Free the port, or choose another with `--secure-port` and `--bind-address`."),
  ASM_PROMETHEUS_ANSWER: error("Check the address and its path, the credentials, and the proxy."),
  ASM_PROMETHEUS_BUSY: error(
    "Make the slow queries of the namespace cheaper (`asm_metrics_adapter_evaluation_seconds` shows the time of each), or use fewer; if the queries are fast elsewhere, check the load of Prometheus.",
  ),
  ASM_PROMETHEUS_SLOW: error("If the error repeats, make the query cheaper or reduce the load of Prometheus."),
  ASM_PROMETHEUS_UNREACHABLE: error(
    "Check that Prometheus runs, that `--prometheus-server` is correct, and that network policies allow the adapter's connections.",
  ),
  ASM_PROXY_INVALID: error("Correct the variable, or name the host of Prometheus in `NO_PROXY`."),
  ASM_QUERY_COST: ofQuery(
    "Shorten the ranges, use longer subquery steps, or precompute the expression with a Prometheus recording rule.",
  ),
  ASM_QUERY_INVALID: ofQuery(
    "Correct the query so that it returns a scalar or an instant vector, or set `dialect: server` if it is in the dialect of its server.",
  ),
  ASM_QUERY_IN_LABEL: error("Move the query to the annotation `metric-config.external.<metric>.prometheus/query`."),
  ASM_QUERY_MISSING: error("Add the annotation with the query, or correct the `query-name`."),
  ASM_QUERY_NAME_RESERVED: error("Give the query another name."),
  ASM_QUERY_NOT_OWN: ofQuery(
    "Remove the matcher on the namespace label of `--enforce-namespace-label`; the adapter adds it to every selector.",
  ),
  ASM_QUERY_REFUSED: ofQuery("Run the query in Prometheus and correct it."),
  ASM_QUERY_REMARK: warning("Read the remark, and correct the query if it is not what you meant."),
  ASM_REACTION_INVALID: error("Write `direct` or `prometheus`."),
  ASM_RESULT_TYPE: ofQuery(
    "Wrap the query, for example in `rate()` and `sum()`, `histogram_count()` or `histogram_quantile()`.",
  ),
  ASM_SELECTOR_MISSING: error("Add a selector with `matchLabels`: `query-name`, or `type: prometheus`."),
  ASM_SELECTOR_NEVER_MATCHES: error("Select with `matchLabels`, or with `In` and exactly one value."),
  ASM_SELECTOR_SUMS: warning("Give the metric its own `query-name`, or another label of its own."),
  ASM_SELECTOR_WIDE: error("Select by a label such as `query-name`."),
  ASM_SELF_SIGNED_CERTIFICATE: warning(
    "Grant the adapter the RBAC rules of `MetricsAdapter` so that it manages its own Secret and `caBundle`, or put `tls.crt` and `tls.key` into `--cert-dir`.",
  ),
  ASM_SERVER_ALIAS: error("Correct the alias, or start the adapter with `--additional-prometheus-server=ALIAS=URL`."),
  ASM_SERVER_INVALID: error(
    "Name a server of the adapter in `prometheus-server-alias`, or write its URL in the annotation `prometheus-server`.",
  ),
  ASM_SERVER_MISSING: error(
    "Start the adapter with `--prometheus-server=URL`, or name a server in the annotation `prometheus-server-alias`. If the adapter runs with `--direct`, the annotation `reaction: direct` needs no server.",
  ),
  ASM_SERVER_NOT_ALLOWED: error("Use an alias, or start the adapter with `--allow-prometheus-server=URL`."),
  ASM_SERVING_CERTIFICATE: error("Give a PEM certificate and the private key that belongs to it."),
  ASM_SERVING_PAIR: error(
    "Check the files of `--tls-cert-file` and `--tls-private-key-file`; or create the Secret, empty, and allow `get` and `update` of it, as `MetricsAdapter` does.",
  ),
  ASM_SERVING_PAIR_CONTENDED: error(
    "Find the program that writes the Secret, or give a certificate with `--tls-cert-file` and `--tls-private-key-file`.",
  ),
  ASM_SEVERAL_SERIES: ofQuery(
    "Wrap the query in `sum()`, or set the annotation key `aggregate` to `sum`, `max`, `min` or `avg`.",
  ),
  ASM_SOURCE_MISSING: warning(
    "Change those HPAs to a Prometheus query, or serve them through kube-metrics-adapter as a delegate (`--delegate`).",
  ),
  ASM_STARTING: error(
    "Wait a second; if the error stays, search the adapter's log for the reason, such as `ASM_HPA_WATCH`.",
  ),
  ASM_STATUS_ADDRESS: error("Choose another `--status-address`."),
  ASM_STATUS_HOST: error("Open the page as `http://localhost:PORT`."),
  ASM_STATUS_REQUEST: error(
    "Use `/api/status` for the list (parameters `search`, `sort`, `order`, `page`, `limit`), or `/api/status/NAMESPACE/NAME` for one HPA.",
  ),
  ASM_TAKE_OVER_ABSENT: error(
    "Remove `takeOver`, so that the APIService is created, or delete the ConfigMap `asm-metrics-adapter-take-over` and create the APIService.",
  ),
  ASM_TAKE_OVER_CERTIFICATE: error("Start the adapter with `--serving-secret`, and without `--tls-cert-file`."),
  ASM_TAKE_OVER_CONTESTED: error("Find the program that writes `spec.caBundle` of the APIService, and stop that."),
  ASM_TAKE_OVER_FAILED: error(
    "Allow the adapter `get` and `patch` of that one APIService and of the ConfigMap `asm-metrics-adapter-take-over`, `list` of `external.metrics.k8s.io` and `get` of `custom.metrics.k8s.io`, as `MetricsAdapter` does.",
  ),
  ASM_TAKE_OVER_GROUP: error(
    "Write the names of API groups that the adapter serves to `data.groups` of the ConfigMap `asm-metrics-adapter-take-over`, or remove this key.",
  ),
  ASM_TAKE_OVER_LOSES: error(
    "Name the adapter that serves the metric in `delegates` (`--delegate`), or give the HPA an annotation with its query, or delete the HPA.",
  ),
  ASM_TAKE_OVER_ORDER: error("Check that the API server answers."),
  ASM_TAKE_OVER_REVERTED: error("Stop the program that writes `spec.service` of the APIService."),
  ASM_TAKE_OVER_RIVAL: error("Delete one of the two ConfigMaps `asm-metrics-adapter-take-over`."),
  ASM_TAKE_OVER_UNKNOWN: error(
    "Correct the reason for the answer of the other adapter, or name it in `delegates` (`--delegate`), or delete the metric from the HPA.",
  ),
  ASM_TAKE_OVER_UNREACHABLE: error(
    "Check that the adapter's pods are ready, that its Service leads to them, and that a NetworkPolicy allows them to connect to it.",
  ),
  ASM_TOKEN_NOT_REVIEWED: error(
    "Send the request again; if the error stays, read the reason in the adapter's log, check that the API server answers and that the adapter may create `tokenreviews` (ClusterRole `system:auth-delegator`), or find the client that sends invalid tokens.",
  ),
  ASM_TOO_MANY_METRICS: error("Remove metrics that are not needed, or ask the operator to raise the limit."),
  ASM_WEBHOOK_NOT_SERVED: error(
    "Check the Secret that `admissionWebhook` names, or the files of `--admission-webhook-cert-file` and `--admission-webhook-key-file`, and `--admission-webhook-port`; with cert-manager, `kubectl describe certificate` shows the reason for a missing Secret.",
  ),
  ASM_WINDOW_SCRAPES: warning("Use a window of at least four scrape intervals, or scrape more often."),
} satisfies ProblemTable;
