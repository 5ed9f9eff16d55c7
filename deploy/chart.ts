import { rootCertificates } from "node:tls";
import {
  ImagePullPolicy,
  type MetricsAdapterArgs,
  NeighbourAdapter,
  PrometheusDialect,
} from "@asm-autoscaler/asm-autoscaler";
import { FLAG_GROUPS, isNeighbour, NEIGHBOURS, recordsIn } from "@asm-autoscaler/hpa-metrics";
import { SET_BY } from "../packages/asm-autoscaler/src/adapter/extraArgs";
import { HOST_NETWORK_PORTS, portsOf } from "../packages/asm-autoscaler/src/adapter/identity";
import { giveBackJob } from "./giveBackJob.ts";
import { adapterObjects, type KubernetesObject } from "./objects.ts";
import { type Expression, type OptionalPart, templateOf } from "./templates.ts";

/** Placeholder values of the arguments. Each is valid for its argument and occurs nowhere else in the objects. */
const NAMESPACE = "release-namespace";
const REPLICAS = 424_242;
const IMAGE = "placeholder.example/image";
const ALIAS = "alias-placeholder";
const SERVER = { url: "http://placeholder.example", dialect: PrometheusDialect.Server };
const ALLOWED = "http://allowed-placeholder.example";
const GATEWAYS = "gateways-placeholder/gateway=placeholder";
const PULL_SECRET = "pull-secret-placeholder";
const PRIORITY_CLASS = "priority-class-placeholder";
const TENANT_LABEL = "tenant_label_placeholder";
const MOST_METRICS = 424_243;
const MOST_COST = 424_244;
const CLUSTER = "cluster-placeholder";
const WEB_URL = "http://web-placeholder.example";
const WEBHOOK_SECRET = "webhook-secret-placeholder";
const EXTRA_FLAG = "--harmless-prometheus-warning=extra-flag-placeholder";
const EXTRA_VARIABLE = "EXTRA_VARIABLE_PLACEHOLDER";
const SPREAD = {
  labelSelector: {},
  maxSkew: 424_247,
  topologyKey: "topology-placeholder",
  whenUnsatisfiable: "unsatisfiable-placeholder",
};
const DELEGATE = {
  name: "delegate-placeholder",
  service: "delegate/placeholder:443",
  caSecret: "delegate-namespace/delegate-secret",
};
const RULES = {
  config: "rules: [] # rules-placeholder",
  bothApis: true,
  relistIntervalSeconds: 424_248,
  maxAgeSeconds: 424_249,
};
const CA = rootCertificates[0] ?? "";
const CA_DATA = Buffer.from(CA).toString("base64");

const TENANTS = { namespaceLabel: TENANT_LABEL, maxMetricsPerNamespace: MOST_METRICS, maxQueryCostSeconds: MOST_COST };

const STATUS_PAGE = { clusterName: CLUSTER, prometheusUrl: WEB_URL };

/** All arguments of the component that the chart has values for. */
const full: MetricsAdapterArgs = {
  namespace: NAMESPACE,
  prometheus: SERVER,
  additionalPrometheus: { [ALIAS]: SERVER },
  allowedPrometheusServers: [ALLOWED],
  tenants: TENANTS,
  statusPage: STATUS_PAGE,
  delegates: [DELEGATE],
  prometheusAdapterRules: RULES,
  direct: true,
  directGateways: [GATEWAYS],
  replicas: REPLICAS,
  image: IMAGE,
  imagePullSecrets: [PULL_SECRET],
  resources: { limits: { placeholder: "77m" } },
  priorityClassName: PRIORITY_CLASS,
  nodeSelector: { "node-selector": "placeholder" },
  tolerations: [{ key: "toleration-placeholder" }],
  affinity: { podAffinity: {} },
  topologySpreadConstraints: [SPREAD],
  podLabels: { "pod-label": "placeholder" },
  podAnnotations: { "pod-annotation": "placeholder" },
  imagePullPolicy: ImagePullPolicy.Never,
  extraArgs: [EXTRA_FLAG],
  extraEnv: [{ name: EXTRA_VARIABLE }],
  hostNetwork: true,
  updateStrategy: { maxSurge: 424_245, maxUnavailable: 424_246 },
  prometheusOperator: true,
  prometheusOperatorLabels: { "operator-label": "placeholder" },
  grafanaDashboard: true,
  admissionWebhook: { secretName: WEBHOOK_SECRET, caBundle: CA },
};

/** A file of the chart's folder `templates`. */
export interface ChartFile {
  readonly name: string;
  readonly text: string;
}

/** The generated templates of the chart: one file for each kind of thing that a reader looks for. */
export async function chartTemplates(): Promise<ChartFile[]> {
  const objects = await chartObjects(full);
  const takeOver = await chartObjects({ ...full, takeOver: true });
  // Such an order names the groups that it is about.
  const onlyExternal = await chartObjects({
    ...full,
    takeOver: true,
    prometheusAdapterRules: { ...RULES, takeOver: false },
  });
  const certManager = await chartObjects({ ...full, admissionWebhook: { certManager: true } });
  const only = [
    ...certManager.filter(({ kind }) => kind === "Issuer" || kind === "Certificate"),
    ...onlyExternal.filter(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === TAKE_OVER),
  ];
  const rules = { expressions, optional: await optionalParts(certManager, onlyExternal, takeOver) };
  const files = new Map<string, string[]>();
  for (const object of [...objects, ...only]) {
    const [file, action] = placeOf(object);
    const body =
      object.metadata.name === SERVERS_SECRET && object.kind === "Secret" ? SERVERS : templateOf(object, rules);
    // Each round of a range makes an object of its own.
    const separator = action?.startsWith("range ") ? "---\n" : "";
    const text = action ? `{{- ${action} }}\n${separator}${body}\n{{- end }}` : body;
    files.set(file, [...(files.get(file) ?? []), text]);
  }
  const templates = [...files].map(([name, texts]) => ({ name, text: `${HEADER}\n${texts.join("\n---\n")}\n` }));
  const helpers = [
    { name: "_delegateTypes.tpl", text: `${HEADER}\n${delegateTypes()}\n` },
    { name: "_flags.tpl", text: `${HEADER}\n${flags()}\n` },
  ];
  return [...templates, ...helpers];
}

/** The flags of the adapter as JSON: for `extraArgs` the kind of each value, or the value of the chart that sets it. */
function flags(): string {
  const rules = FLAG_GROUPS.flatMap(({ flags: all }) => all).map(({ name, value = "" }) => [
    name,
    SET_BY.has(name) ? { setBy: SET_BY.get(name) ?? "" } : { value },
  ]);
  const json = JSON.stringify(Object.fromEntries(rules), undefined, 2);
  return `{{- define "asm-metrics-adapter.flags" -}}\n${json}\n{{- end }}`;
}

/** The defaults of each type of a delegate, as JSON. */
function delegateTypes(): string {
  const defaults = Object.values(NeighbourAdapter).map((type) => {
    const name = type.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();
    if (!isNeighbour(name)) throw new Error(`the delegate ${type} is not the neighbour ${name} of the adapter`);
    const { service, caSecret = "" } = NEIGHBOURS[name];
    return [type, { name, service, caSecret }];
  });
  const json = JSON.stringify(Object.fromEntries(defaults), undefined, 2);
  return `{{- define "asm-metrics-adapter.delegateTypes" -}}\n${json}\n{{- end }}`;
}

/** The objects with a mark where the chart adds the labels of Helm. */
async function chartObjects(args: MetricsAdapterArgs): Promise<KubernetesObject[]> {
  const objects = await adapterObjects(args);
  const pods = objects.filter(({ kind }) => kind === "Deployment");
  return [...objects, ...pods.map(giveBackJob)].map(
    ({ apiVersion, kind, metadata: { labels = {}, ...metadata }, ...rest }) => {
      const { "app.kubernetes.io/name": name = "", ...more } = labels;
      const marked = { "app.kubernetes.io/name": name, labels: "placeholder", ...more };
      const made = { apiVersion, kind, metadata: { ...metadata, labels: marked }, ...rest };
      // The hash differs with the servers, which are values.
      return JSON.parse(JSON.stringify(made).replace(/(?<="checksum\/prometheus":)"\w+"/, '"placeholder"'));
    },
  );
}

/** Name of the ServiceAccount for delegates, and of its rights. */
const DELEGATES_ACCOUNT = "asm-metrics-adapter-delegates";

/** Name of the ConfigMap that orders the adapter to take the API over. */
const TAKE_OVER = "asm-metrics-adapter-take-over";

const HEADER = "{{- /* Generated from the component MetricsAdapter by deploy/chart.ts. */ -}}";

/** Name of the ConfigMap with rules of prometheus-adapter, unless a value of the chart names another one. */
const RULES_CONFIG_MAP = "asm-metrics-adapter-rules";

/** Name of the Secret with the servers, unless a value of the chart names another one. */
const SERVERS_SECRET = "asm-metrics-adapter-prometheus";

/** The Secret with the servers: `_helpers.tpl` writes its files. */
const SERVERS = `apiVersion: v1
kind: Secret
metadata:
  labels:
    {{- include "asm-metrics-adapter.labels" . | nindent 4 }}
  name: ${SERVERS_SECRET}
  namespace: {{ .Release.Namespace }}
{{- with include "asm-metrics-adapter.serverFiles" . | trim }}
data:
  {{- . | nindent 2 }}
{{- else }}
data: {}
{{- end }}
type: Opaque`;

const SERVER_GIVEN = 'if include "asm-metrics-adapter.hasServer" $';
const DELEGATES = 'range include "asm-metrics-adapter.delegates" $ | fromJsonArray';
const DELEGATE_SECRETS = 'range include "asm-metrics-adapter.delegateSecrets" $ | fromJsonArray';
const HAS_RULES = 'if include "asm-metrics-adapter.hasRules" $';
const ORDERED = 'if include "asm-metrics-adapter.takeOver" $';
const REGISTERED = "if and .Values.registerApiService (not .Values.takeOver)";
const TAKES_CUSTOM = '(include "asm-metrics-adapter.takesCustomOver" $)';
const CUSTOM_REGISTERED = `if and .Values.registerApiService (include "asm-metrics-adapter.hasRules" $) (not ${TAKES_CUSTOM})`;
const WEBHOOK = "if or .Values.admissionWebhook.certManager .Values.admissionWebhook.secretName";

/** The file of an object, and the action in which it stands, such as `if .Values.x`. */
function placeOf({ kind, metadata }: KubernetesObject): [file: string, action?: string] {
  switch (kind) {
    case "Secret":
      if (metadata.name !== SERVERS_SECRET) return ["secrets.yaml"];
      return ["secrets.yaml", "if not .Values.prometheus.existingSecret"];
    case "Deployment":
      return ["deployment.yaml"];
    case "APIService":
      return ["apiservice.yaml", metadata.name.includes(".custom.") ? CUSTOM_REGISTERED : REGISTERED];
    case "Job":
      return ["take-over.yaml", ORDERED];
    case "PodMonitor":
    case "PrometheusRule":
      return ["monitoring.yaml", "if .Values.prometheusOperator.enabled"];
    case "ConfigMap":
      if (metadata.name === TAKE_OVER) return ["take-over.yaml", ORDERED];
      if (metadata.name === RULES_CONFIG_MAP) return ["rules.yaml", "if .Values.prometheusAdapterRules.config"];
      return ["dashboards.yaml", "if .Values.grafanaDashboard"];
    case "ValidatingWebhookConfiguration":
      return ["webhook.yaml", WEBHOOK];
    case "Issuer":
    case "Certificate":
      return ["webhook.yaml", "if .Values.admissionWebhook.certManager"];
    case "Service":
    case "PodDisruptionBudget":
    case "NetworkPolicy":
      return ["service.yaml"];
    case "ServiceAccount":
    case "ClusterRole":
    case "ClusterRoleBinding":
    case "Role":
    case "RoleBinding":
      if (metadata.name === DELEGATES_ACCOUNT) return ["rbac.yaml", "if .Values.delegates"];
      return ["rbac.yaml", ...(metadata.name.endsWith(DELEGATE.name) ? [DELEGATE_SECRETS] : [])];
    default:
      throw new Error(`the chart has no file for ${kind} ${metadata.name}`);
  }
}

/** Which lines exist only with a value of the chart: those that are missing in the objects without the argument. */
async function optionalParts(
  certManager: readonly KubernetesObject[],
  onlyExternal: readonly KubernetesObject[],
  takeOver: readonly KubernetesObject[],
): Promise<OptionalPart[]> {
  const changed = (args: Partial<MetricsAdapterArgs>) => chartObjects({ ...full, ...args });
  const without = (name: keyof MetricsAdapterArgs) => changed({ [name]: undefined });
  const tenants = (name: keyof typeof TENANTS) => changed({ tenants: { ...TENANTS, [name]: undefined } });
  const page = (name: keyof typeof STATUS_PAGE) => changed({ statusPage: { ...STATUS_PAGE, [name]: undefined } });
  const aliases = "range $index, $alias := keys .Values.additionalPrometheus | sortAlpha";
  const { url } = SERVER;
  const rules = (name: keyof typeof RULES) => changed({ prometheusAdapterRules: { ...RULES, [name]: undefined } });
  return [
    { action: WEBHOOK, without: await without("admissionWebhook") },
    { action: aliases, without: await without("additionalPrometheus") },
    { action: SERVER_GIVEN, without: await changed({ prometheus: undefined }), kinds: ["Deployment"] },
    { action: "with .Values.prometheus.dialect", without: await changed({ prometheus: { url } }) },
    {
      action: "with (get $.Values.additionalPrometheus $alias).dialect",
      without: await changed({ additionalPrometheus: { [ALIAS]: { url } } }),
    },
    { action: "range .Values.allowedPrometheusServers", without: await without("allowedPrometheusServers") },
    { action: "with .Values.tenants.namespaceLabel", without: await tenants("namespaceLabel") },
    { action: "with .Values.tenants.maxMetricsPerNamespace", without: await tenants("maxMetricsPerNamespace") },
    { action: "with .Values.tenants.maxQueryCostSeconds", without: await tenants("maxQueryCostSeconds") },
    { action: "with .Values.statusPage.clusterName", without: await page("clusterName") },
    { action: "with .Values.statusPage.prometheusUrl", without: await page("prometheusUrl") },
    { action: DELEGATES, without: await without("delegates"), kinds: ["Deployment"] },
    { action: "if .Values.delegates", without: await without("delegates"), kinds: ["Role"] },
    {
      action: "if .Values.direct",
      without: await changed({ direct: undefined, directGateways: undefined }),
      kinds: ["Deployment"],
    },
    { action: "if .Values.prometheusAdapterRules.bothApis", without: await rules("bothApis") },
    {
      action: "with .Values.prometheusAdapterRules.relistIntervalSeconds",
      without: await rules("relistIntervalSeconds"),
    },
    { action: "with .Values.prometheusAdapterRules.maxAgeSeconds", without: await rules("maxAgeSeconds") },
    { action: HAS_RULES, without: await without("prometheusAdapterRules"), kinds: ["ClusterRole", "Deployment"] },
    {
      action: 'if or .Values.direct (include "asm-metrics-adapter.hasRules" $)',
      without: (await chartObjects(full)).map((object) => withoutRight(withoutRight(object, "pods"), "*/scale")),
      kinds: ["ClusterRole"],
    },
    { action: "range .Values.directGateways", without: await without("directGateways") },
    { action: "with .Values.imagePullSecrets", without: await without("imagePullSecrets") },
    { action: "with .Values.nodeSelector", without: await without("nodeSelector") },
    { action: "with .Values.tolerations", without: await without("tolerations") },
    { action: "with .Values.affinity", without: await without("affinity") },
    { action: "with .Values.podLabels", without: await without("podLabels") },
    { action: "with .Values.podAnnotations", without: await without("podAnnotations") },
    { action: "with .Values.image.pullPolicy", without: await without("imagePullPolicy") },
    {
      action: 'range include "asm-metrics-adapter.extraArgs" $ | fromJsonArray',
      without: await without("extraArgs"),
      kinds: ["Deployment"],
    },
    { action: "with .Values.extraEnv", without: await without("extraEnv"), kinds: ["Deployment"] },
    {
      action: "if .Values.hostNetwork",
      without: (await without("hostNetwork")).map(withHostPorts),
      kinds: ["Deployment"],
    },
    {
      action: 'with include "asm-metrics-adapter.updateStrategy" $ | fromJson',
      without: (await chartObjects(full)).map(withoutStrategy),
      kinds: ["Deployment"],
    },
    { action: "with .Values.prometheusOperator.labels", without: await without("prometheusOperatorLabels") },
    // Last, because the lines of their opposites are in no other variant.
    { action: "if not .Values.takeOver", without: onlyExternal, kinds: ["ClusterRole"] },
    { action: `if not ${TAKES_CUSTOM}`, without: takeOver, kinds: ["ClusterRole"] },
    { action: "if .Values.admissionWebhook.caBundle", without: certManager, kinds: ["ValidatingWebhookConfiguration"] },
    {
      action: "if .Values.topologySpreadConstraints",
      without: await without("topologySpreadConstraints"),
      kinds: ["Deployment"],
    },
  ];
}

/** The ports of a pod in the node's network, which are always those of the templates: an expression has the others. */
function withHostPorts(object: KubernetesObject): KubernetesObject {
  const ports = new RegExp(`\\b(${Object.values(portsOf({})).join("|")})\\b`, "g");
  return JSON.parse(JSON.stringify(object).replace(ports, (port) => String(Number(port) + HOST_NETWORK_PORTS)));
}

/** The rights to find pods each depend on two values. */
function withoutRight(object: KubernetesObject, resource: string): KubernetesObject {
  const rules = recordsIn(object["rules"]);
  return { ...object, rules: rules.filter(({ resources }) => String(resources) !== resource) };
}

/** The strategy depends on two values, so a helper makes all of it. */
function withoutStrategy(object: KubernetesObject): KubernetesObject {
  const { strategy: _, ...spec } = Object(object["spec"]);
  return { ...object, spec };
}

/** A block of YAML in place of a whole line. */
const block = (expression: string) => (_: string, indent: string) =>
  `${indent}{{- ${expression} | nindent ${indent.length} }}`;

/** Lines of an order that names groups. */
const orderedGroups = (lines: string) =>
  `{{- with include "asm-metrics-adapter.orderedGroups" $ }}\n${lines}\n{{- end }}`;

const expressions: readonly Expression[] = [
  [
    /^( *)app\.kubernetes\.io\/name: asm-metrics-adapter\n\1labels: placeholder$/gm,
    block('include "asm-metrics-adapter.labels" $'),
  ],
  [/^( *)(?:operator-label|node-selector): placeholder$/gm, block("toYaml .")],
  [/^( *)pod-(?:label|annotation): placeholder$/gm, block("toYaml .")],
  [new RegExp(`^( *)- name: ${EXTRA_VARIABLE}$`, "gm"), block("toYaml .")],
  [/(?<=imagePullPolicy: )Never$/gm, "{{ . }}"],
  [new RegExp(EXTRA_FLAG, "g"), "{{ . | quote }}"],
  [
    /^( *)- labelSelector: \{\}\n.*\n.*topology-placeholder\n.*unsatisfiable-placeholder$/gm,
    block('include "asm-metrics-adapter.topologySpread" $'),
  ],
  [/^( *)maxSurge: 424245\n.*424246$/gm, block("toYaml .")],
  [
    new RegExp(`\\b(${Object.values(portsOf({ hostNetwork: true })).join("|")})\\b`, "g"),
    (port) => `{{ include "asm-metrics-adapter.port" (list $ ${Number(port) - HOST_NETWORK_PORTS}) }}`,
  ],
  [/^( *)- key: toleration-placeholder$/gm, block("toYaml .")],
  [/^( *)podAffinity: \{\}$/gm, block("toYaml .")],
  [/^( *)- name: pull-secret-placeholder$/gm, block("toYaml .")],
  [/^( *)limits:\n *placeholder: "?77m"?$/gm, block("toYaml .Values.resources")],
  [/(?<=checksum\/prometheus: ).*/g, '{{ include "asm-metrics-adapter.serversHash" . | quote }}'],
  [new RegExp(`(?<=ame: )${SERVERS_SECRET}$`, "gm"), '{{ include "asm-metrics-adapter.serversSecret" $ }}'],
  [new RegExp(NAMESPACE, "g"), "{{ $.Release.Namespace }}"],
  [new RegExp(`${REPLICAS}`, "g"), "{{ .Values.replicas }}"],
  [new RegExp(IMAGE, "g"), '{{ include "asm-metrics-adapter.image" . }}'],
  [new RegExp(PRIORITY_CLASS, "g"), "{{ .Values.priorityClassName }}"],
  [/(?<=prometheus-dialect=\S*)server$/gm, "{{ lower . }}"],
  [/--delegate=name=delegate-placeholder.*/g, "{{ .flag }}"],
  [/delegate-placeholder/g, "{{ .name }}"],
  [/delegate-namespace/g, "{{ .namespace | quote }}"],
  [/delegate-secret/g, "{{ .secret | quote }}"],
  [new RegExp(CLUSTER, "g"), "{{ . }}"],
  [
    /(?<=^ *)config\.yaml: .*rules-placeholder.*$/gm,
    "config.yaml: {{ .Values.prometheusAdapterRules.config | toJson }}",
  ],
  [
    /(?<=path: config\.yaml\n *name: )asm-metrics-adapter-rules$/gm,
    '{{ include "asm-metrics-adapter.rulesConfigMap" $ }}',
  ],
  [
    /(?<=^ *- key: )config\.yaml$/gm,
    '{{ .Values.prometheusAdapterRules.configMapKey | default "config.yaml" | quote }}',
  ],
  [/(?<=--metrics-(?:relist-interval|max-age)=)42424[89]/g, "{{ int . }}"],
  [
    /^( *)annotations:\n *asm-metrics-adapter\/groups: external\.metrics\.k8s\.io$/gm,
    (text) => orderedGroups(text.replace(/external\S+$/, "{{ . }}")),
  ],
  [/^data:\n *groups: external\.metrics\.k8s\.io$/gm, (text) => orderedGroups(text.replace(/external\S+$/, "{{ . }}"))],
  [/PROMETHEUS_SERVER_1/g, "PROMETHEUS_SERVER_{{ add1 $index }}"],
  [new RegExp(ALIAS, "g"), "{{ $alias }}"],
  [
    new RegExp(ALLOWED, "g"),
    '{{ include "asm-metrics-adapter.baseUrl" (dict "name" "allowedPrometheusServers" "text" .) }}',
  ],
  [new RegExp(GATEWAYS, "g"), "{{ . }}"],
  [new RegExp(`${TENANT_LABEL}|${WEB_URL}`, "g"), "{{ . }}"],
  [new RegExp(`${MOST_METRICS}|${MOST_COST}`, "g"), "{{ int . }}"],
  [new RegExp(WEBHOOK_SECRET, "g"), '{{ include "asm-metrics-adapter.webhookSecret" . }}'],
  [new RegExp(CA_DATA.replaceAll("+", "\\+"), "g"), "{{ .Values.admissionWebhook.caBundle | b64enc }}"],
];
