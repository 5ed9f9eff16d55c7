import type * as k8s from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";
import { isGiven, plain, UNKNOWN } from "../validation/inputs";
import type { MetricsAdapterArgs } from "./args";
import { LOADER } from "./bundle";
import type { ServerVolumes } from "./credentials";
import { delegateFlags, type MetricsAdapterDelegateArgs } from "./delegates";
import { withExtraEnv } from "./extraEnv";
import { ADAPTER, type Ports, SERVING_SECRET } from "./identity";
import type { Placement } from "./placement";
import { type MetricsAdapterRulesArgs, rulesFlags, rulesVolume } from "./rules";
import type { ServerNames } from "./serverNames";
import { allowedServerFlags, serverFlags, serverVariables } from "./servers";
import { type MetricsAdapterStatusPageArgs, statusPageFlags } from "./statusPage";
import { type MetricsAdapterTenantArgs, tenantFlags } from "./tenants";

/** Where the bundle's ConfigMap is mounted. */
const BUNDLE_PATH = "/opt/asm-metrics-adapter";

/** Where the Secret with the webhook's certificate is mounted. */
const WEBHOOK_PATH = "/etc/asm-metrics-adapter/webhook";

/** User and group of the stock Node.js image and of our own. */
const USER = 1000;

/** Default resources. There is no CPU limit, because a throttled adapter answers late. */
const RESOURCES = { requests: { cpu: "100m", memory: "96Mi" }, limits: { memory: "256Mi" } };

/** Settings of the adapter pods. */
export interface PodArgs {
  readonly image: pulumi.Input<string>;
  readonly imagePullPolicy: MetricsAdapterArgs["imagePullPolicy"];
  readonly servers: ServerNames;
  readonly serverVolumes: ServerVolumes;
  readonly ports: Ports;
  /** Whether the adapter reads the proxies of pods. */
  readonly direct: boolean;
  /** The gateways whose proxies it reads. Undefined: the default. */
  readonly directGateways: readonly string[] | undefined;
  /** Flags for the query dialects of the servers. */
  readonly dialects: readonly pulumi.Input<string[]>[];
  /** The ConfigMap with the bundle; absent when the image holds the adapter. */
  readonly bundleConfigMap: pulumi.Input<string> | undefined;
  /** The hash of the bundle in it. */
  readonly bundleSha256: string | undefined;
  /** The Secret with the webhook's certificate; absent without a webhook. */
  readonly webhookSecret: pulumi.Input<string> | undefined;
  readonly allowedPrometheusServers: pulumi.Input<pulumi.Input<string>[]> | undefined;
  readonly tenants: pulumi.Input<MetricsAdapterTenantArgs> | undefined;
  readonly statusPage: pulumi.Input<MetricsAdapterStatusPageArgs> | undefined;
  readonly delegates: readonly MetricsAdapterDelegateArgs[] | undefined;
  readonly rules: MetricsAdapterRulesArgs | undefined;
  readonly resources: pulumi.Input<k8s.core.v1.ResourceRequirements> | undefined;
  readonly priorityClassName: pulumi.Input<string>;
  readonly placement: Placement;
  readonly extraArgs: MetricsAdapterArgs["extraArgs"];
  readonly extraEnv: MetricsAdapterArgs["extraEnv"];
  readonly imagePullSecrets?: k8s.core.v1.PodSpec["imagePullSecrets"];
}

/**
 * V8 collects sooner, for some processor time: with 10,000 HPAs the adapter then keeps 180 MB and not 450
 * (benchmarks/results/memory.json).
 */
const SMALL_HEAP = ["--optimize-for-size", "--max-semi-space-size=2"];

/** Specification of an adapter pod: no privileges, no capabilities, and only /tmp is writable. */
export function adapterPod(args: PodArgs): k8s.core.v1.PodSpec {
  const { bundleConfigMap, webhookSecret, rules } = args;
  return {
    serviceAccountName: ADAPTER,
    enableServiceLinks: false,
    priorityClassName: args.priorityClassName,
    ...args.placement,
    ...(args.imagePullSecrets === undefined ? {} : { imagePullSecrets: args.imagePullSecrets }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      seccompProfile: { type: "RuntimeDefault" },
    },
    terminationGracePeriodSeconds: 30,
    containers: [adapterContainer(args)],
    volumes: [
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
      ...args.serverVolumes.volumes,
      ...(bundleConfigMap === undefined ? [] : [{ name: "bundle", configMap: { name: bundleConfigMap } }]),
      ...(webhookSecret === undefined ? [] : [webhookVolume(webhookSecret)]),
      ...(rules ? [rulesVolume(rules).volume] : []),
    ],
  };
}

const webhookFlags = ({ webhook }: Ports) => [
  `--admission-webhook-port=${webhook}`,
  `--admission-webhook-cert-file=${WEBHOOK_PATH}/tls.crt`,
  `--admission-webhook-key-file=${WEBHOOK_PATH}/tls.key`,
];

/**
 * Optional, so that the pod starts without the webhook's certificate. A Secret that is created later is mounted then.
 */
function webhookVolume(secretName: pulumi.Input<string>): k8s.core.v1.Volume {
  const items = ["tls.crt", "tls.key"].map((key) => ({ key, path: key }));
  return { name: "webhook", secret: { secretName, items, optional: true } };
}

/** A plain value if all parts are known, so that a preview shows it. */
function flagsOf(args: PodArgs): pulumi.Input<string[]> {
  const { servers, ports, dialects, webhookSecret, allowedPrometheusServers, tenants, statusPage } = args;
  const flags = [
    ...serverFlags(servers),
    ...(args.direct ? ["--direct"] : []),
    ...(args.directGateways ?? []).map((gateways) => `--direct-gateways=${gateways}`),
    `--secure-port=${ports.secure}`,
    "--bind-address=$(POD_IP)",
    `--metrics-address=$(POD_IP):${ports.metrics}`,
    `--status-address=127.0.0.1:${ports.status}`,
    `--serving-secret=$(POD_NAMESPACE)/${SERVING_SECRET}`,
    `--serving-service=$(POD_NAMESPACE)/${ADAPTER}`,
    ...delegateFlags(args.delegates),
    ...(args.rules ? rulesFlags(args.rules) : []),
    ...(webhookSecret === undefined ? [] : webhookFlags(ports)),
  ];
  const more = [
    ...dialects,
    allowedServerFlags(allowedPrometheusServers),
    tenantFlags(tenants),
    statusPageFlags(statusPage),
    args.extraArgs,
  ].filter(isGiven);
  const known = plain(more);
  if (isGiven(known) && known !== UNKNOWN) return [...flags, ...known.flat()];
  return pulumi.all(more).apply((lists) => [...flags, ...lists.flat()]);
}

function adapterContainer(args: PodArgs): k8s.core.v1.Container {
  const { image, imagePullPolicy, servers, ports, bundleConfigMap, webhookSecret, resources, rules } = args;
  const bundled = bundleConfigMap !== undefined;
  const hasWebhook = webhookSecret !== undefined;
  return {
    name: "adapter",
    image,
    ...(isGiven(imagePullPolicy) ? { imagePullPolicy } : {}),
    command: bundled ? ["node", ...SMALL_HEAP, `${BUNDLE_PATH}/${LOADER}`] : [ADAPTER],
    args: flagsOf(args),
    env: withExtraEnv(
      [
        { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
        ...serverVariables(servers),
        ...(args.bundleSha256 === undefined ? [] : [{ name: "ADAPTER_SHA256", value: args.bundleSha256 }]),
        // Compiled code outlives a restart of the container, and start-up is what a probe waits for.
        { name: "NODE_COMPILE_CACHE", value: "/tmp/compile-cache" },
      ],
      args.extraEnv,
    ),
    ports: [
      { name: "https", containerPort: ports.secure, protocol: "TCP" },
      { name: "metrics", containerPort: ports.metrics, protocol: "TCP" },
      ...(hasWebhook ? [{ name: "webhook", containerPort: ports.webhook, protocol: "TCP" }] : []),
    ],
    startupProbe: { ...probe("/livez"), periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: { ...probe("/readyz"), periodSeconds: 2, failureThreshold: 3 },
    livenessProbe: { ...probe("/livez"), periodSeconds: 10, failureThreshold: 3 },
    resources: resources ?? RESOURCES,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [
      { name: "tmp", mountPath: "/tmp" },
      ...args.serverVolumes.mounts,
      ...(bundled ? [{ name: "bundle", mountPath: BUNDLE_PATH, readOnly: true }] : []),
      ...(hasWebhook ? [{ name: "webhook", mountPath: WEBHOOK_PATH, readOnly: true }] : []),
      ...(rules ? [rulesVolume(rules).mount] : []),
    ],
  };
}

function probe(path: string): k8s.core.v1.Probe {
  return { httpGet: { path, port: "https", scheme: "HTTPS" }, timeoutSeconds: 2 };
}
