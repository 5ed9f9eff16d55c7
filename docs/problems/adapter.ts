import type { AdapterProblemCode } from "@asm-autoscaler/hpa-metrics";

/**
 * What each problem of the section means, as Markdown for the error reference.
 * Its severity and remedy are in packages/hpa-metrics/src/problems: adapter.ts and customMetrics.ts.
 */
export const adapterMeanings: Readonly<Record<AdapterProblemCode, string>> = {
  ASM_AGGREGATE_INVALID:
    "The annotation `aggregate` of a metric is not one of `sum`, `max`, `min`, `avg`. The adapter does not serve " +
    "the metrics of that name.",
  ASM_ANSWER_LARGE:
    "The query or its answer is too large. The adapter reads at most 1 MiB of an answer, and a proxy in front of " +
    "Prometheus may allow less. The metric has no reading.",
  ASM_ANSWER_PARTIAL:
    "The server answered, but the answer may lack a part of the data. The sign is one of these: a text in " +
    "`warnings` or `infos`, such as one about a remote store that failed or a limit that was reached; a field such " +
    "as `isPartial` (VictoriaMetrics) or `partial` (FiloDB); an `error` beside the data; the header " +
    "`M3-Results-Limited` (M3); the HTTP status 206. The adapter does not use the answer, because a part of a " +
    "sum would scale the workload down during a peak. Warnings that begin with `PromQL` are about the query itself " +
    "and do not count. Thanos gets `partial_response=false` and returns an error in this case, which the adapter " +
    "reports as `ASM_PROMETHEUS_ANSWER`.",
  ASM_ANTICIPATES_UNKNOWN:
    "The annotation `anticipates.NAME` names a query that no metric of the HPA asks for, or that another query " +
    "anticipates already. A query without a metric of its own is then not evaluated.",
  ASM_ANTICIPATION_HISTORY:
    "Prometheus has no samples of the load at the same time in some of the earlier periods. A period without samples " +
    "counts as 0, so that one odd day does not become a minimum: with three periods, nothing is anticipated before two of " +
    "them have samples. The message says how many have. It is normal for a new workload. Otherwise the retention of " +
    "Prometheus is shorter than the history, or the workload or the labels of the mesh have another name now.",
  ASM_ANTICIPATION_MAXIMUM:
    "The anticipated load needs more pods than `maxReplicas` allows. The HPA stops at `maxReplicas`, which nothing " +
    "changes.",
  ASM_BUNDLE_HASH:
    "The adapter's pod does not start. The code in its ConfigMap is not the code that the Deployment expects (the " +
    "SHA-256 differs).",
  ASM_CA_BUNDLE:
    "The adapter cannot write its CA to `caBundle` of the APIService that the message names, or the APIService belongs " +
    "to the Service of another adapter. HPAs get no readings of this API from this adapter.",
  ASM_CA_BUNDLE_CONTESTED:
    "Another program removes the adapter's CA from `caBundle` of the APIService. Until the adapter has written it " +
    "again, the API server does not trust the adapter, and HPAs keep their size. The adapter writes it after 1 s, then " +
    "waits twice as long each time, at most 60 s. KEDA's operator does this unless its switch is off.",
  ASM_CERTIFICATE_WATCH:
    "The adapter cannot watch the directory of its certificate files, usually because the node has no inotify " +
    "instance left. The adapter still reads the files every 30 s.",
  ASM_CERT_DIR_UNREADABLE:
    "A file in `--cert-dir` exists, but the adapter cannot read it, for example because of its permissions.",
  ASM_CHECK_INPUT:
    "`asm-autoscaler check` cannot use part of its input, and exits with 2. The cause is one of these: an unknown " +
    "flag; a file that cannot be read, or has no object in it; text that is not YAML, such as a Helm template; something that is neither a " +
    "Kubernetes object nor rules of prometheus-adapter; a cluster whose HPAs you are not allowed to list. The " +
    "report on the rest of the input is printed.",
  ASM_CHECK_UNKNOWN:
    "`asm-autoscaler check` does not know a field, a value or a whole object, so it cannot tell whether it " +
    "matters. The finding names the field and says what to do. The exit code is 1. An object with a value that " +
    "cannot be read, such as a placeholder, is not printed.",
  ASM_CLOCK_SKEW:
    "The clock of a Prometheus differs by more than five seconds from the adapter's clock, according to the `Date` " +
    "header of its answers. A query for the wrong time finds no data or old data. The adapter discards the answer " +
    "and uses Prometheus's clock from now on, so readings stay correct. If servers with different clocks share one " +
    "address, this is not possible. The metric then has no reading, and the HPA gets this code as an error. The " +
    "adapter logs the warning once per change.",
  ASM_COLLECTOR_NOT_SERVED:
    "An annotation configures a `Pods` or `Object` metric for a source of kube-metrics-adapter that this adapter does " +
    "not have, such as `json-path` or `skipper`. Prometheus is the only source ([decision " +
    "41](../decisions/0041-no-requests-to-pods-by-annotation.md)). The metric has no value from this annotation; a rule " +
    "of prometheus-adapter with the same name still serves it. Reported only if the adapter serves the custom metrics API.",
  ASM_COMMAND:
    "The first word after `asm-metrics-adapter` or `asm-autoscaler` is not a command. `asm-metrics-adapter` " +
    "without a command starts the server. `asm-autoscaler` always needs a command.",
  ASM_CUSTOM_MANY_OBJECTS:
    "A read of a custom metric selects more than 5,000 objects. No part of them is answered, because an HPA that averages " +
    "a part of its pods scales wrongly. The HPA keeps its size.",
  ASM_CUSTOM_METRIC:
    "No rule serves the custom metric that an HPA asks for. Either no series gives a metric of that name, or its series " +
    "have no label that names objects of that kind. The HPA keeps its size.",
  ASM_CUSTOM_NOT_REGISTERED:
    "The adapter serves the custom metrics API (`custom.metrics.k8s.io`), but no APIService of this API exists, so the " +
    "API server does not know that it is served. HPAs with Pods and Object metrics keep their size. One version of the " +
    "API is enough for HPAs.",
  ASM_CUSTOM_NO_OBJECTS:
    "A Pods metric is read for all pods that the scale target selects, and there are none. The HPA keeps its size.",
  ASM_CUSTOM_OBJECTS:
    "The names of the objects of a metric are not known, because the adapter cannot list them, or because they are more " +
    "than it stores. After a watch failed, the names from before it are used for one minute more. Then metrics of these " +
    "objects have no value, and the HPA keeps its size.",
  ASM_DATA_OLD:
    "Prometheus answered, but with samples that are older than the metric's [maximum " +
    "age](#what-an-error-means-for-the-hpa). The time of a reading is the time of its oldest sample. The policy " +
    "`on-error` of the metric applies. The metric `asm_metrics_adapter_old_data_evaluations_total` counts " +
    "evaluations with data older than the evaluation time.",
  ASM_DELEGATE_ANSWER:
    "A neighbouring adapter answered a forwarded read with something that is not an answer of the external metrics " +
    "API: no JSON, more than 1 MiB, a redirect, or another kind of object. The HPA gets an error and keeps its size. " +
    "An error of the neighbour itself, as a `Status` object in JSON, is passed on as it is and has no code of this " +
    "adapter.",
  ASM_DELEGATE_BUSY:
    "A neighbouring adapter has 32 forwarded reads under way, so the adapter does not send it another one. The HPA " +
    "gets an error and keeps its size. Other metrics are not affected.",
  ASM_DELEGATE_CA:
    "The CA of a neighbouring adapter cannot be read. Without an earlier CA, its metrics are not served. The adapter " +
    "tries again every 30 s.",
  ASM_DELEGATE_CLASH:
    "More than one adapter claims a metric. This adapter claims it if an HPA has an annotation for it. A delegate " +
    "claims it by its list, its patterns (`metric=`) or its label (`selector=`). The first adapter in the message " +
    "serves it: this adapter, or else the delegate whose flag comes first.",
  ASM_DELEGATE_DISCOVERY:
    "A neighbouring adapter does not list its metrics. The names of the last list stay valid. New metrics of this " +
    "neighbour are not found until it lists them.",
  ASM_DELEGATE_INSECURE:
    "The certificate of a neighbouring adapter is not verified, because its `--delegate` says " +
    "`ca=insecure-skip-verify`. Whoever can redirect the connection can change what HPAs read, and gets a token that " +
    "reads all external metrics.",
  ASM_DELEGATE_LOOP:
    "This adapter forwarded a read to a neighbouring adapter, and the neighbour sent the read back. This adapter " +
    "does not forward it again.",
  ASM_DELEGATE_TOKEN:
    "The adapter got no token of the ServiceAccount `asm-metrics-adapter-delegates`, with which it forwards reads. The " +
    "ServiceAccount does not exist, or the adapter may not create tokens of it, or the API server does not answer. HPAs " +
    "on metrics of delegates get an error and keep their size. The adapter does not use its own token instead. It tries " +
    "again at the next read, at most every 5 s.",
  ASM_DELEGATE_UNREACHABLE:
    "A neighbouring adapter did not answer a forwarded read: no connection, an unknown certificate, or no answer " +
    "within its timeout. The HPA gets an error and keeps its size. After five such reads in a row, further reads fail " +
    "at once, and every five seconds one read tries again.",
  ASM_DIALECT_INVALID: "The annotation `dialect` is neither `promql` nor `server`. The metric is not served.",
  ASM_DIRECT_ADDRESS:
    "A pod of the scaled workload has a loopback, link-local or multicast address, or one that names no machine. The " +
    "adapter does not connect to it, because it is not the address of another pod. Loopback addresses are read only if " +
    "the API server has one too, as in a local cluster.",
  ASM_DIRECT_ANSWER:
    "The sidecars of the scaled workload answer the adapter with an HTTP error, with an answer that was cut off, or with " +
    "a line of the metric that cannot be read. The message has the number of the line, and not its values. A total " +
    "without that line would look like less load. " +
    "Prometheus serves the metric alone. This is also so for the other codes that begin with `ASM_DIRECT_`. If " +
    "Prometheus has no reading either, the HPA gets an error and keeps its size.",
  ASM_DIRECT_CLOSED:
    "The adapter cannot connect to the metrics port of the workload's sidecars, or gets no answer within 2 s. Common " +
    "causes are a NetworkPolicy, the setting `METRICS_LOCALHOST_ACCESS_ONLY` of Istio, an adapter with a sidecar of its " +
    "own, and pods that no longer run. Up to a fifth of the pods may be missing: they count like the mean of the others.",
  ASM_DIRECT_FLUSH:
    "Requests end, but the histograms of the sidecars do not show them within 7 s. They say nothing about the last " +
    "seconds.",
  ASM_DIRECT_IDLE:
    "No request of the workload ended in the last seconds, and the query has no number without one, such as a quantile " +
    "or the share of errors. While Prometheus has a reading, the adapter writes no event about it.",
  ASM_DIRECT_LABELS:
    "The sidecars have the metric of the query, but no series with the labels that the query selects, or series without " +
    "the label `reporter`. A Telemetry resource may have removed labels, or the workload has another name in the mesh.",
  ASM_DIRECT_LARGE:
    "The sidecars have more series or bytes than the adapter reads: 2 MiB in one answer, 16 KiB in one line, 2,000 " +
    "series of one pod within 24 s, 10,000 series for one query (fewer if it groups by labels other than `le`, combines " +
    "series that are not aggregated, or has many matchers or operations), and 32 MiB of memory for the series of one " +
    "namespace. If only some metrics of a pod are too large, the adapter reads the others. It tries the large ones " +
    "again after a minute. The same holds for metrics that are read alone because they are large, while the pods of the " +
    "namespace have used up its share.",
  ASM_DIRECT_LIMIT:
    "The adapter limits what it reads, so that one namespace does not delay the others: 64 requests at once and 8 MiB in " +
    "2 s for one namespace, 200 pods of one workload, and 1,000 workloads, of which each namespace has about the same " +
    "number if there are more.",
  ASM_DIRECT_NO_PODS: "No pod of the scaled workload is ready, so there is no proxy to read.",
  ASM_DIRECT_NO_SERIES:
    "The sidecars of the scaled workload have no series of the query's metric. A sidecar creates a series at the first " +
    "request. While Prometheus has a reading, the adapter writes an event only if that is above 0 for two minutes: then " +
    "there are requests that the sidecars do not count.",
  ASM_DIRECT_NO_SIDECAR:
    "Pods of the scaled workload have no container `istio-proxy`, or use the network of their node.",
  ASM_DIRECT_OFF:
    "The HPA asks to read the proxies of its workload, but the adapter was started without `--direct`. It then has no " +
    "rights on pods. Without `--prometheus-server` too, the metric has no reading.",
  ASM_DIRECT_PODS:
    "More than a fifth of the workload's pods cannot be read, for different reasons, or the query cannot do without " +
    "one. A total without them would look like less load. For a query of callers or waypoints, this is so if a single " +
    "one cannot be read, or if there are more than 200 in a namespace: the others may wake the workload or make it " +
    "larger, and not smaller.",
  ASM_DIRECT_QUERY:
    "The annotation `reaction: direct` or `on-error: direct` asks for a query to be evaluated from the proxies of the scaled " +
    "workload, and the proxies cannot answer this query. The message says why. Prometheus serves the metric alone, as " +
    "without the annotation. For a `TrafficAutoscaler` with the reaction Direct it is a preview error.",
  ASM_DIRECT_REPORTER:
    "The query selects what callers, gateways or waypoints report, and the adapter reads none of them, or not all: it " +
    "reads those in the namespace of the HPA, and the pods that `--direct-gateways` selects. The message says how it " +
    "shows: no such pod was found, the workload receives more requests than the callers send, the query cannot be " +
    "compared with what the workload receives, or a workload with pods is behind waypoints. A value that may " +
    "be too low can make the workload larger, and not smaller. With `--enforce-namespace-label`, such a query is not " +
    "answered at all, because gateways serve many namespaces.",
  ASM_DIRECT_STARTING:
    "The adapter has read the proxies of the workload for less than the window of the query. This takes 8 s after the " +
    "first read, and 20 s for histograms and TCP.",
  ASM_DIRECT_TARGET:
    "The adapter does not know the pods of the scaled workload. The `scale` subresource of the target cannot be read or " +
    "has no selector, or the pods cannot be listed or watched.",
  ASM_EVENTS:
    "The adapter is not allowed to write events. Problems are visible only in its log and in the conditions of " +
    "HPAs. It tries again after five minutes.",
  ASM_EXPLAIN_INPUT:
    "The command line of `asm-autoscaler explain` is wrong, its argument is not an HPA of the cluster, or the " +
    "cluster cannot be read.",
  ASM_FLAG:
    "A flag of the adapter is unknown, has no value, or has an invalid value. The message shows one line per " +
    "mistake, with the nearest known flag. The adapter does not start.",
  ASM_FLAG_UNUSED: "A flag of kube-metrics-adapter has no effect in this adapter.",
  ASM_FRONT_PROXY_CONFIG:
    "The ConfigMap `kube-system/extension-apiserver-authentication` has no CA for the front proxy (the API " +
    "server's aggregation layer is off), or one of its keys cannot be read. The message names the key. The " +
    "adapter continues with the last valid configuration. If there is none, it rejects every request and no HPA " +
    "gets a reading.",
  ASM_GIVE_BACK:
    "The APIService cannot be given back to the adapter that it belonged to before. The ConfigMap " +
    "`asm-metrics-adapter-take-over` stays until that is done. This adapter continues to serve the API, and tries again " +
    "every second.",
  ASM_HPA_METRICS:
    "The HPA has more external metrics than `--max-metrics-per-hpa` allows (default 100). The adapter serves none " +
    "of them, so the HPA keeps its number of pods. Other HPAs are not affected.",
  ASM_HPA_WATCH:
    "The adapter cannot list or watch HPAs at the moment. It continues to serve the HPAs that it knows, and tries " +
    "again after a back-off. New HPAs are not served until then.",
  ASM_HTTP_CONFIG:
    "The file of `--prometheus-http-config` cannot be read, has an unknown field or contradicts itself, or a file " +
    "that it names cannot be read when the adapter sends a query. Metrics of this Prometheus get no new readings.",
  ASM_INTERNAL:
    "The adapter has a bug and answered a request with 500. The log shows the error. If the request was a read of a " +
    "metric, the HPA has no value of it for this sync.",
  ASM_INTERVAL_INVALID:
    "The annotation `interval` is not a Go duration, or is negative. `30` has no unit, and Go has no unit `d` as " +
    "in `1d`. The adapter does not serve the metrics of that name.",
  ASM_KEY_CLAIMED_TWICE:
    "Two HPAs of a namespace have different queries for the same metric name and labels. A read does not say which " +
    "HPA it is for, so the adapter serves neither. Both HPAs keep their number of pods.",
  ASM_KEY_NOT_READ:
    "An annotation starts with `metric-config.` but does not have the form " +
    "`metric-config.external.<metric>.prometheus/<key>`. The adapter ignores it. The message says which part is " +
    "wrong. Kubernetes allows no `_` and no upper case before the slash, so a metric with such a name needs the " +
    "form with `query-name`.",
  ASM_KEY_UNUSED:
    "An annotation has the right form, but no metric of the HPA uses it. Either the metric has another name, or " +
    "the key is neither a setting nor the `query-name` of a metric. The message shows the nearest known word.",
  ASM_KEY_WITHOUT_EFFECT: "`per-replica` and `min-pod-ready-age` have no effect on external metrics.",
  ASM_KUBECONFIG:
    "The kubeconfig of `--kubeconfig` or `--lister-kubeconfig`, or the pod's service account, is not usable. " +
    "Outside of a pod, the server needs one of these flags. The adapter exits and does not listen.",
  ASM_LABEL_OVERRIDDEN:
    "The annotation `query-name` and the label `query-name` differ. The annotation wins, as in " +
    "kube-metrics-adapter.",
  ASM_METRICS_ADDRESS: "The adapter cannot serve its own metrics on `--metrics-address`. Readings are still served.",
  ASM_METRIC_NOT_SERVED:
    "An `External` metric of the HPA has a type other than `prometheus` and `prometheus-query`. The type is the " +
    "label `type`, or the metric's name if that label is missing. This adapter does not serve the metric. With " +
    "`--delegate`, another adapter may serve it. The event is then written only when no delegate claims the metric.",
  ASM_METRIC_SIZE:
    "A metric of the HPA has a name of more than 253 characters or a selector of more than 4096 characters. " +
    "Kubernetes allows both, but the adapter does not serve the metric.",
  ASM_MORE_PROBLEMS:
    "The HPA has more than 50 problems of one severity. The adapter reports the first 50. This message shows the " +
    "number of the others.",
  ASM_NAMESPACE_MEMORY:
    "The HPAs of the namespace contain more text (queries, labels, problems) than the adapter stores for one " +
    "namespace. All namespaces share 16,777,216 characters. Each can always use 65,536 characters, about 140 " +
    "metrics. Above that, a namespace may use at most half of the free part. The adapter does not serve the metrics " +
    "of this HPA, so the HPA keeps its number of pods.",
  ASM_NAN:
    "The query returns NaN, as a ratio without traffic does (0/0). The HPA keeps its number of pods, unless the " +
    "annotation `on-no-data` says otherwise.",
  ASM_NEGATIVE:
    "The query returns a negative number. The adapter rejects it, because the HPA controller treats a negative sum " +
    "as an overflow and scales to the maximum. A negative number often is an impossible state. The query of " +
    "`openConnections` is negative if a proxy has closed more connections than it has opened, because it rotated " +
    "or evicted its counters. The true number is then unknown, so the HPA keeps its number of pods, whatever " +
    "`on-no-data` says.",
  ASM_NODE: "The command runs on a version of Node.js that is too old.",
  ASM_NO_SERIES:
    "The query returns no series. Either nothing is scraped yet, no request has arrived yet, or a matcher is wrong. " +
    "The adapter does not treat this as zero: the HPA keeps its number of pods, unless the annotation `on-no-data` " +
    "says otherwise.",
  ASM_OBJECT_KIND:
    "An `Object` metric was read, but the adapter does not know what its kind is called in paths, because the API " +
    "server does not answer or does not have the kind in that version. The metric has no reading, and the HPA keeps " +
    "its number of pods.",
  ASM_OBJECT_NOT_SERVED:
    "The custom metrics API was asked for a metric of an object that no HPA of the namespace describes by annotations. " +
    "The API server answers 404, and an HPA keeps its number of pods. The name of the metric, the API group, the kind " +
    "and the name of `describedObject` and the selector must all be those of the request. A request for all objects " +
    "(`*`) is only answered by rules of prometheus-adapter.",
  ASM_OBJECT_SEVERAL:
    "A selector matches two metrics of one name and object with different queries, so the adapter does not know which " +
    "one is meant. Neither is served, and the HPA keeps its number of pods.",
  ASM_OVERFLOW:
    "The query returns an infinity, or a number that is too large for a Kubernetes quantity in thousandths " +
    "(9223372036854774). The metric has no reading. The annotation `on-no-data` applies to an infinity, not to a " +
    "number that is too large.",
  ASM_PER_REPLICA_INVALID:
    "The annotation `per-replica` of an `Object` metric is not `true`, or the HPA has no scale target. The metric is " +
    "not served. kube-metrics-adapter divides whatever the value is, also for `false`.",
  ASM_PER_REPLICA_TWICE:
    "An `Object` metric has the annotation `per-replica` and a target of type `AverageValue`. The adapter divides by " +
    "the replicas of the workload, and the HPA controller divides by the number of pods once more. The number of " +
    "pods then grows like the square root of the load. kube-metrics-adapter does the same.",
  ASM_POLICY_INVALID:
    "An annotation `on-no-data` or `on-error` is not `hold`, `zero`, `last-for` with a duration, `value` with " +
    "a non-negative number, or, for `on-error` of a metric with a query, `direct`. The adapter does not serve the metrics that the " +
    "annotation is about; for a metric of a rule, the policy counts as `hold`. For a " +
    "`TrafficAutoscaler` it is a preview error: `onNoData` or `onError` does not have exactly one valid value.",
  ASM_PORT_UNUSABLE:
    "The adapter cannot listen on `--bind-address` and `--secure-port`. Another process uses the port, the " +
    "address does not belong to this host, or the port is privileged.",
  ASM_PROMETHEUS_ANSWER:
    "Prometheus, or a proxy in front of it, answered with an error, with HTML, with a body that cannot be " +
    "decompressed, or with something that is not the Prometheus API. The metric has no new reading.",
  ASM_PROMETHEUS_BUSY:
    "The adapter did not send the query. Slow or many queries of the same namespace use all of that namespace's " +
    "share of this Prometheus. The adapter serves the last reading until it is older than the metric's [maximum " +
    "age](#what-an-error-means-for-the-hpa). Other namespaces are not affected.",
  ASM_PROMETHEUS_SLOW:
    "Prometheus needs longer than a read waits (0.9 s), and there is no earlier reading that the adapter may " +
    "still serve. The next read gets a value if Prometheus has answered by then.",
  ASM_PROMETHEUS_UNREACHABLE:
    "The adapter cannot reach Prometheus. The connection is refused, the name does not exist, there is no answer " +
    "in time, the certificate is not trusted, the server accepts only HTTP/2, or it redirects to another host. If " +
    "the request goes through a proxy, the message names the proxy and its environment variable. The adapter " +
    "serves the last reading until it is older than the metric's [maximum age](#what-an-error-means-for-the-hpa).",
  ASM_PROXY_INVALID:
    "The environment variable `HTTP_PROXY` or `HTTPS_PROXY` of the adapter is not an `http` or `https` URL. The " +
    "adapter does not support SOCKS proxies. No query is sent to the server.",
  ASM_QUERY_COST:
    "A query reads more data per evaluation than `--max-query-cost` allows, or its range cannot be determined " +
    "from its text. The cost is the range of each selector (five minutes if it has none) times the steps of the " +
    "subqueries around it. The metric is not served.",
  ASM_QUERY_INVALID:
    "A query is not valid PromQL, or its text shows that it returns a range vector or a string, which is never a " +
    "reading. The adapter does not send it to Prometheus. The message shows the line and column, counted from the " +
    "first non-empty line of the query, and shows the line with a caret. The metric is not served. A server can " +
    "have a query language of its own, such as MetricsQL: see [queries in another " +
    "dialect](differences.md#queries-in-another-dialect).",
  ASM_QUERY_IN_LABEL:
    "The selector of a metric has a label `query`, and there is no annotation `query`. kube-metrics-adapter runs " +
    "the value of the label. This adapter reads no query from a label, so it does not serve the metric.",
  ASM_QUERY_MISSING:
    "A metric has neither an annotation `query` nor a `query-name`, or no annotation has the name that its " +
    "`query-name` gives. The metric is not served. The message shows the nearest existing name.",
  ASM_QUERY_NAME_RESERVED:
    "A query has the name of a setting: `query`, `query-name`, `interval`, `aggregate`, `prometheus-server`, " +
    "`prometheus-server-alias`, `per-replica`, `min-pod-ready-age`, `on-no-data`, `on-error` or `dialect`. The " +
    "same error appears if its name starts like a setting of one query (`on-no-data.`, `on-error.`, `dialect.`).",
  ASM_QUERY_NOT_OWN:
    "The adapter runs with `--enforce-namespace-label`, and a query selects series of a namespace other than its " +
    "HPA's, uses `info()` without a selector, or is in the dialect of its server and not parsed. The metric is not " +
    "served.",
  ASM_QUERY_REFUSED:
    "Prometheus rejects the query, or fails to run it. The message shows Prometheus's own error. The metric has no " +
    "reading.",
  ASM_QUERY_REMARK:
    "Prometheus remarks something about a query (`PromQL warning` or `PromQL info`), for example that a metric " +
    "with a rate might not be a counter. The answer is complete, and the metric is served. The adapter logs each " +
    "remark once.",
  ASM_REACTION_INVALID: "The annotation `reaction` is neither `direct` nor `prometheus`. The metric is not served.",
  ASM_REPLICAS_UNKNOWN:
    "The adapter cannot divide the value of an `Object` metric with `per-replica`, because the `scale` of the workload " +
    "cannot be read or has 0 replicas in its status. The metric has no reading, and the HPA keeps its number of pods. " +
    "A workload that scales to zero needs a target of type `AverageValue` without `per-replica`.",
  ASM_RESULT_TYPE:
    "Prometheus answered with a native histogram, or, to a query that the adapter did not parse (`dialect: " +
    "server`), with a range vector or a string. A reading is one number, so the metric has no reading.",
  ASM_RULES_FILE:
    "The text is not a configuration of prometheus-adapter that can be read: it is not YAML, it has none of `rules`, " +
    "`externalRules` and `resourceRules`, or it is longer than 204,800 characters. The message says which.",
  ASM_RULE_DISCOVERY:
    "The adapter cannot read which kinds of objects the cluster has. It uses the kinds that it read before, or those that " +
    "every cluster has. Metrics of other kinds are not served.",
  ASM_RULE_INVALID:
    "A rule of prometheus-adapter cannot be served: a field or a key that rules do not have, a regular expression that " +
    "is not valid in Go, a part of Go's template language that is not supported, a kind of object that the cluster does " +
    "not have, or no label for the namespace. The message says which. The other rules are served; prometheus-adapter " +
    "does not start with most of these.",
  ASM_RULE_LABELS:
    "Several labels of a rule name the same kind of object. The queries use the first of them in the file. " +
    "prometheus-adapter uses one at random, so a restart can change its answers.",
  ASM_RULE_MANY_SERIES:
    "The query of a rule gives more than 5,000 series for one read. No part of them is answered, because the HPA " +
    "controller adds up or averages what it gets. The HPA keeps its size.",
  ASM_RULE_NAME:
    "`name.as` of a rule uses a group that `name.matches` does not have. The group is empty in every name, as in " +
    "prometheus-adapter. The usual cause is `$1_per_second`: Go reads it as the group `1_per_second`.",
  ASM_RULE_POLICIES:
    "HPAs of one namespace set different values of `on-no-data` or `on-error` for one metric of a rule, or only some of " +
    "them set a value. One query serves all of them, and its read does not say for which HPA it is. The adapter uses the " +
    "safest: `hold` if any HPA has no policy or if fixed values differ, otherwise the shortest time of `last-for`.",
  ASM_RULE_QUERY:
    "The template `metricsQuery` of a rule gives no query for this metric: it is empty, it uses a value that is not " +
    "there, or it is too long or takes too many steps.",
  ASM_RULE_RESOURCE:
    "A rule has no label for the kind of object that the metric is read for, or for its namespace, or Prometheus does " +
    "not accept the label that `resources.template` gives.",
  ASM_RULE_SAME_NAME:
    "Two rules, or two series of one rule, give the same metric. The last one is served, as in prometheus-adapter, which " +
    "says nothing about it. It is reported once for each pair of rules.",
  ASM_RULE_SELECTOR:
    "The selector of a metric cannot be a part of the query of its rule. `Gt` and `Lt` have no operator in PromQL, and " +
    "Prometheus does not accept labels such as `app.kubernetes.io/name`.",
  ASM_RULE_SERIES:
    "The series of a rule are not listed, or not all of them. The metrics that were found before are served, and the other " +
    "rules are not affected. The adapter tries again after 15 s.",
  ASM_RULE_WATCH:
    "The adapter cannot watch the directory of the rules, usually because the node has no inotify instance left. The " +
    "adapter still reads the file every 30 s.",
  ASM_SELECTOR_MISSING:
    "A metric has no selector, or a selector without labels. The HPA controller would get the sum of all metrics " +
    "of that name in the namespace, so the adapter does not serve the metric.",
  ASM_SELECTOR_NEVER_MATCHES:
    "A `matchExpressions` entry does not match the labels that the metric is served with: those in its " +
    "`matchLabels`, and those of an `In` with exactly one value. The HPA controller reads with the whole selector " +
    "and would never find the metric.",
  ASM_SELECTOR_SUMS:
    "The selector of an HPA's metric also matches a metric of another HPA in its namespace. The HPA controller " +
    "scales this HPA on the sum of both.",
  ASM_SELECTOR_WIDE:
    "A read selects more than 500 metrics of one name in a namespace. The adapter evaluates none of them.",
  ASM_SELF_SIGNED_CERTIFICATE:
    "The adapter started with a self-signed certificate, because it is not allowed to use its Secret, or because " +
    "`--cert-dir` has no certificate and key. The API server accepts this certificate only with " +
    "`insecureSkipTLSVerify`, or with the adapter's CA as `caBundle`. Otherwise no HPA gets a reading.",
  ASM_SERVER_ALIAS:
    "The annotation `prometheus-server-alias` names a server that the adapter does not know. The metric is not " +
    "served.",
  ASM_SERVER_INVALID:
    "The annotation `prometheus-server` is not an http or https URL, a label names a server by URL, or " +
    "`prometheus-server-alias` is empty. The metric is not served.",
  ASM_SERVER_MISSING:
    "The HPA uses the default Prometheus, but the adapter runs without `--prometheus-server`. The metric has no " +
    "reading, unless it has the annotation `reaction: direct` and the adapter runs with `--direct`.",
  ASM_SERVER_NOT_ALLOWED:
    "The annotation `prometheus-server` has a URL that the operator does not allow. Without this check, anyone " +
    "who may write an HPA could make the adapter connect to any address. The metric is not served.",
  ASM_SERVING_CERTIFICATE:
    "The serving certificate or its key is not PEM, or the key does not belong to the certificate. At start, the " +
    "adapter exits. At a reload, it continues with the old certificate.",
  ASM_SERVING_PAIR:
    "The adapter has no serving certificate that the API server can trust. A file cannot be read, or the Secret of " +
    "`--serving-secret` is missing, or the adapter is not allowed to read and write it. The adapter is not ready, " +
    "so HPAs get no readings from it. It tries again by itself.",
  ASM_SERVING_PAIR_CONTENDED:
    "Another program changed the Secret of the serving certificate at each of five attempts, and the Secret never " +
    "had a usable certificate.",
  ASM_SEVERAL_SERIES:
    "The query returns several series, but a reading is one number. The message shows their count. The HPA keeps " +
    "its number of pods.",
  ASM_SOURCE_MISSING:
    "A flag enables a source of kube-metrics-adapter that this adapter does not have. The message names the HPAs " +
    "with metrics that neither this adapter nor a delegate serves.",
  ASM_STARTING:
    "The adapter has not listed the cluster's HPAs yet, so it does not know whether the metric exists. HPAs keep " +
    "their number of pods until then.",
  ASM_STATUS_ADDRESS: "The adapter cannot serve the status page on its address. Readings are still served.",
  ASM_STATUS_HOST:
    "A request for the status page has a `Host` header that is not this machine. This check protects against a " +
    "foreign web page whose name resolves to this machine.",
  ASM_STATUS_REQUEST:
    "The requested path or parameter of the status page does not exist or has a wrong form, or the request is not " +
    "a GET.",
  ASM_TAKE_OVER_ABSENT:
    "There is an order to take APIServices over, but none of them exists, or those of an API group were made for this " +
    "adapter. The adapter does not create one, because it could not give it back. It waits. If the adapter serves one " +
    "group already and is to take over another one, write the other one to `data.groups` of the order.",
  ASM_TAKE_OVER_CERTIFICATE:
    "There is an order to take the APIService over, but the serving certificate comes from files. The adapter does not " +
    "know which CA the API server must trust. It waits.",
  ASM_TAKE_OVER_CONTESTED:
    "Another program removed the adapter's CA from `caBundle` of the APIService, where the adapter had added it before " +
    "the take-over. After the take-over, the API server would not trust the adapter. Nothing has changed for HPAs. The " +
    "adapter tries again every minute.",
  ASM_TAKE_OVER_FAILED:
    "The API server refused something that the take-over of the APIService needs, or did not answer. The message has " +
    "the reason. If the adapter has the API already, it keeps it. The adapter tries again every 30 s.",
  ASM_TAKE_OVER_GROUP:
    "The key `data.groups` of the order names an API group that this adapter does not serve. It serves " +
    "`custom.metrics.k8s.io` only with `--prometheus-adapter-config`. The adapter does not follow such an order, and " +
    "changes nothing.",
  ASM_TAKE_OVER_LOSES:
    "There is an order to take the APIService over, but an HPA reads a metric that the present owner serves and this " +
    "adapter does not. The adapter compared both. It waits, and compares again every 30 s. Nothing has changed for HPAs.",
  ASM_TAKE_OVER_ORDER:
    "The adapter cannot read or change the order, the ConfigMap `asm-metrics-adapter-take-over`. It does not know " +
    "whether it must take the APIService over or give it back, and changes nothing. A deleted order stays, because only " +
    "the adapter removes its finalizer. The adapter tries again after 5 s, then waits twice as long each time, at most " +
    "60 s.",
  ASM_TAKE_OVER_REVERTED:
    "Another program writes another Service into the APIService that this adapter has taken over, such as Argo CD, Flux " +
    "or Helm. Until the adapter takes it over again, HPAs get no metrics of this adapter and keep their size. Between " +
    "two take-overs are at least 5 s, then twice as long each time, at most 5 minutes. The problem stays for two hours " +
    "after the last one. `asm_metrics_adapter_take_overs_total` counts them.",
  ASM_TAKE_OVER_RIVAL:
    "Two installations of this adapter have an order to take the APIService over. The first one has it, or had it before " +
    "another program gave it back. The second one waits. Nothing has changed for HPAs.",
  ASM_TAKE_OVER_UNKNOWN:
    "There is an order to take the APIService over, but this adapter has no value for a metric of an HPA, and the " +
    "present owner has not said that it does not serve the metric either: it did not answer in 5 s, or with an error " +
    "other than 404. The adapter waits, and compares again every 30 s. Nothing has changed for HPAs.",
  ASM_TAKE_OVER_UNREACHABLE:
    "There is an order to take the APIService over, but the adapter gets no answer through its own Service, or not " +
    "with a certificate of its own CA. The API server would not get one either. The adapter tries again every 5 s.",
  ASM_TOKEN_NOT_REVIEWED:
    "The adapter could not review the bearer token of a request. Either the API server did not answer the " +
    "TokenReview, or too many token reviews are pending. There is a limit for each address, and a limit for all " +
    "addresses together. The second limit does not apply to an address that sent a valid token in the last ten " +
    "minutes. The request gets 503, not 401, because the token may be valid.",
  ASM_TOO_MANY_METRICS:
    "The HPAs of a namespace have more metrics than `--max-metrics-per-namespace` allows. The adapter serves the " +
    "HPAs that it saw first. An HPA that would exceed the limit is not served at all. The adapter serves this HPA " +
    "when other HPAs of the namespace free quota. Until then the HPA keeps its number of pods.",
  ASM_WEBHOOK_NOT_SERVED:
    "The adapter cannot serve the admission webhook. A certificate file is missing or not usable, or the port is " +
    "in use. Readings are still served, but mistakes in HPAs are reported only after they are written. The " +
    "adapter tries again by itself.",
  ASM_WINDOW_SCRAPES:
    "The window of a query, such as the `[1m]` of `rate(x[1m])`, holds fewer than four scrapes of the series that it " +
    "reads. A rate needs two samples, so with two or fewer scrapes it often has no value, and the HPA keeps its size. " +
    "The adapter learns the interval from the number of samples in five minutes. It asks Prometheus at most once " +
    "in ten minutes for each selector, together with others, and reports a window after two measurements. A window of exactly three scrapes " +
    "is not reported: that is the one of the reaction Fast. Prometheus's own default interval is one minute, that of " +
    "the Prometheus Operator 30 seconds.",
};
