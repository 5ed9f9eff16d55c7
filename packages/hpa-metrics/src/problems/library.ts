import { error, type ProblemTable, warning } from "./kind";

/**
 * Problems that users of the Pulumi components, of `hpa-metrics` and of `asm-autoscaler backtest` see.
 * What each means is in docs/problems/library.ts.
 */
export const libraryProblems = {
  ASM_ANTICIPATE_INVALID: error(
    "Write the lead as `10m`, the days as `2026-12-25` and the time zone as `Europe/Berlin`.",
  ),
  ASM_ADDON_CONFIG: error('Write a JSON object, such as `JSON.stringify({ IngressSlbNetworkType: "intranet" })`.'),
  ASM_ARGUMENT_LATE: error("Give a plain value, such as one from the stack's configuration."),
  ASM_ARGUMENT_MISPLACED: error("Remove the argument, or choose the option that it belongs to."),
  ASM_ARGUMENT_MISSING: error("Add the argument."),
  ASM_ARGUMENT_TYPE: error("Give a value of the type in the message."),
  ASM_ARGUMENT_UNKNOWN: error("Correct the name, or remove the argument."),
  ASM_AUTHORIZATION_TWICE: error("Keep one of them."),
  ASM_AUTOSCALER_PAUSED: warning("Remove `paused` when the number of replicas may change again."),
  ASM_BACKTEST_CSV: error("Write lines such as `2026-11-24T08:00:00Z,125.5`, in order of time."),
  ASM_BACKTEST_FLAG: error("Read `asm-autoscaler backtest --help` and correct the command line."),
  ASM_BACKTEST_INPUT: error(
    "Give the output of `kubectl get hpa -o yaml` or `pulumi preview --json`, and select one HPA with `--hpa=NAMESPACE/NAME`.",
  ),
  ASM_BACKTEST_METRIC: error(
    "Give an HPA with `requestsPerSecond`, or with the query `sum(rate(istio_requests_total{…}[1m]))` and an `averageValue`.",
  ),
  ASM_BACKTEST_OUTPUT: error("Name a file in a folder that exists and that you may write to."),
  ASM_BACKTEST_RANGE: error("Correct `--prometheus` or `--query`, or increase `--step`."),
  ASM_BUNDLE_MISSING: error("Run `npm run build`, or set `image` to an image of your own."),
  ASM_BUNDLE_TOO_LARGE: error("Build an image from the adapter's Dockerfile and set it as `image`."),
  ASM_CERTIFICATE_INVALID: error(
    "Give the text of the certificate file, starting with `-----BEGIN CERTIFICATE-----`, not its path or its base64.",
  ),
  ASM_CHOICE_UNKNOWN: error("Use one of the values in the message."),
  ASM_CIDR_INVALID: error("Write the first address and an allowed prefix length, such as `10.1.0.0/16`."),
  ASM_CIDR_OUTSIDE: error(
    "Choose a block inside the VPC's block, or set `cidrBlock` to a block that contains all vSwitches.",
  ),
  ASM_CIDR_OVERLAP: error("Give each its own block."),
  ASM_CLOUD_NAME_INVALID: error(
    "Use a letter first, then letters, digits, `-`, `_` and `.`; or set `networkName` or `clusterName`.",
  ),
  ASM_CNI_CONTRADICTED: error("Remove the addon. `podVswitchIds` selects terway-eniip, `podCidr` selects flannel."),
  ASM_COUNT_INVALID: error("Give a whole number in the range that the message shows."),
  ASM_ENDPOINT_PUBLIC: warning("Remove the public address in the ACK console: Basic Information, API server."),
  ASM_EXISTING_CONTRADICTED: error("Remove either `existing` or the argument."),
  ASM_FLAG_REFUSED: error("Use one of the flags in the message, or the argument that it names."),
  ASM_EXTRA_RESERVED: error("Remove it from `extra`, and set the component's own argument."),
  ASM_GRAFANA_PASSWORD: error(
    "Use 8 to 30 characters of at least three kinds: upper case, lower case, digits, one of ``()`~!@#$%^&*-_+=``.",
  ),
  ASM_HEADER_INVALID: error(
    "Give one line of text, and remove `Host`, `Connection`, `Upgrade`, `Content-Length`, `Content-Type` and `Transfer-Encoding`.",
  ),
  ASM_HISTORY_SHORT: warning("Raise `retentionDays` of the MeshPrometheus, or use fewer or shorter periods."),
  ASM_IMAGE_INVALID: error("Write it as in a Pod, such as `registry.example/team/adapter:1`."),
  ASM_IMAGE_TWICE: error("Include the registry in `image`, and remove `imageRegistry`."),
  ASM_KEY_RESERVED: error("Remove it."),
  ASM_MAINTENANCE_INVALID: error("Write the value as in the message."),
  ASM_MANAGED_PROMETHEUS_MISSING: error("Wait until the ARMS console shows the URL and run again, or set `url`."),
  ASM_MATCHER_INVALID: error(
    "Match another label of Istio's metrics, such as `job`, or write the whole query in `query`.",
  ),
  ASM_METRICS_EMPTY: error("Give at least one metric, such as `{ requestsPerSecond: 10 }`."),
  ASM_METRIC_KIND: error(
    "Give each metric exactly one signal, resource or query, and split the others into metrics of their own.",
  ),
  ASM_NAME_INVALID: error("Use the characters and the length that the message shows."),
  ASM_NODES_NONE: error(
    "Add a fixed pool with a `desiredSize` of at least 1, or an elastic pool with a `minSize` of at least 1.",
  ),
  ASM_NODE_IMAGE: error(
    "Choose an `imageType` for the processors of the instance types. The names for ARM end with Arm64.",
  ),
  ASM_NODE_POOL_CROSSED: error("Lower `minSize` or raise `maxSize`."),
  ASM_NODE_POOL_KIND: error("Give `desiredSize`, or `maxSize` with an optional `minSize`."),
  ASM_NUMBER_INVALID: error("Give a number in the range that the message shows."),
  ASM_PASSWORD_EMPTY: error("Give a password, or remove the argument so that nobody can log in."),
  ASM_POD_NETWORK_KIND: error("Give `podVswitchIds` with at least one vSwitch (Terway), or `podCidr` (Flannel)."),
  ASM_POD_SWITCHES_MIXED: error("Give every zone a `podCidr` (Terway), or none (Flannel)."),
  ASM_QUANTITY_INVALID: error("Write a number with at most one suffix, such as `10`, `500m` or `1k`."),
  ASM_QUERY_NAMELESS: error("Add a `queryName` that is a valid label value, such as `orders-in-queue`."),
  ASM_QUERY_NAME_INVALID: error("Use up to 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends."),
  ASM_QUERY_NAME_TAKEN: error("Give the second one a `queryName` that is unique in the namespace."),
  ASM_QUERY_NAME_TWICE: error("Rename one of them."),
  ASM_REPLICAS_CROSSED: error("Lower `minReplicas` or raise `maxReplicas`."),
  ASM_REPLICAS_FIXED: warning(
    "Remove `spec.replicas` from the Deployment; if `ignoreChanges` covers it, give the Deployment's name as `target` instead.",
  ),
  ASM_REPLICAS_TOO_FEW: warning("Raise `maxReplicas`, or raise `requestsPerSecond` if one pod can serve more."),
  ASM_SCHEDULE_INVALID: error(
    "Write times such as `08:00` to `20:00`; for the whole day write `00:00` to `24:00`; name at least one day, or leave out `days` for all days.",
  ),
  ASM_SCRAPE_INTERVAL: error("Use a number such as 15."),
  ASM_SCRAPE_TWICE: warning(
    "Set `scrapeEnvoy` to true if the chart has no such job, or to false if it has one; `asm-metrics-adapter explain` shows pods that are scraped twice.",
  ),
  ASM_SETTINGS_DIFFER: error("Give all queries of one HPA the same settings, or put them into separate HPAs."),
  ASM_SWITCH_COUNT: error("Give one to five vSwitches, preferably in different zones."),
  ASM_TAINT_TWICE: error("Remove one of the taints, or give it another effect."),
  ASM_TARGET_COUNT: error("Use `averageValue` for a load that the pods share, and `value` for latencies and ratios."),
  ASM_TARGET_INVALID: error("Give a quantity such as `10`, `500m` or `2k`."),
  ASM_TARGET_SHARED: error("Move the metrics of both into one autoscaler."),
  ASM_THRESHOLD_INVALID: error("Give a fraction of a node's capacity, such as 0.5."),
  ASM_URL_INVALID: error(
    "Give the base URL only, such as `http://prometheus.istio-system.svc:9090`. Give credentials as `basicAuth` or `authorization`, and write a comma as `%2C`.",
  ),
  ASM_WEBHOOK_CERTIFICATE: error(
    "Give `{ certManager: true }` if cert-manager is installed, or `{ secretName, caBundle }`: the name of a `kubernetes.io/tls` Secret in the adapter's namespace, and the CA of its certificate.",
  ),
  ASM_WINDOW_EMPTY: error(
    "Use at least four scrape intervals, such as 60 seconds for a scrape interval of 15 seconds.",
  ),
  ASM_WINDOW_SHORT: warning(
    "Use at least four scrape intervals, such as 60 seconds for a scrape interval of 15 seconds.",
  ),
  ASM_ZERO_UNSEEN: error(
    "Give `requestsPerSecond` the `service` that clients call, or use a `query` that has a value without pods, or keep one replica.",
  ),
  ASM_ZONE_TWICE: error("Give each zone once, with a larger block if it needs more addresses."),
} satisfies ProblemTable;
