import type * as k8s from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";
import { LOADER } from "./bundle";
import { ADAPTER, labels, SERVING_SECRET } from "./identity";

/** Where the bundle's ConfigMap is mounted. */
const BUNDLE_PATH = "/opt/asm-metrics-adapter";

/** User and group of the stock Node.js image and of our own. */
const USER = 1000;

/** What differs from one adapter to another. */
export interface PodArgs {
  readonly image: pulumi.Input<string>;
  readonly prometheusUrl: pulumi.Input<string>;
  /** The ConfigMap with the bundle; absent when the image holds the adapter. */
  readonly bundleConfigMap: pulumi.Input<string> | undefined;
  readonly imagePullSecrets?: k8s.core.v1.PodSpec["imagePullSecrets"];
}

/** The specification of one pod of the adapter: no right, no capability and no writable place but /tmp. */
export function adapterPod(args: PodArgs): k8s.core.v1.PodSpec {
  const { bundleConfigMap } = args;
  return {
    serviceAccountName: ADAPTER,
    ...(args.imagePullSecrets === undefined ? {} : { imagePullSecrets: args.imagePullSecrets }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      seccompProfile: { type: "RuntimeDefault" },
    },
    // On different nodes where there are any; one node may hold both rather than none.
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: labels },
      },
    ],
    terminationGracePeriodSeconds: 30,
    containers: [adapterContainer(args)],
    volumes: [
      { name: "tmp", emptyDir: {} },
      ...(bundleConfigMap === undefined ? [] : [{ name: "bundle", configMap: { name: bundleConfigMap } }]),
    ],
  };
}

function adapterContainer({ image, prometheusUrl, bundleConfigMap }: PodArgs): k8s.core.v1.Container {
  const bundled = bundleConfigMap !== undefined;
  return {
    name: "adapter",
    image,
    command: bundled ? ["node", `${BUNDLE_PATH}/${LOADER}`] : [ADAPTER],
    args: [
      pulumi.interpolate`--prometheus-server=${prometheusUrl}`,
      "--secure-port=6443",
      "--bind-address=$(POD_IP)",
      "--metrics-address=$(POD_IP):7979",
      `--serving-secret=$(POD_NAMESPACE)/${SERVING_SECRET}`,
      `--serving-service=$(POD_NAMESPACE)/${ADAPTER}`,
    ],
    env: [
      { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
      // Compiled code outlives a restart of the container, and start-up is what a probe waits for.
      { name: "NODE_COMPILE_CACHE", value: "/tmp/compile-cache" },
    ],
    ports: [
      { name: "https", containerPort: 6443, protocol: "TCP" },
      { name: "metrics", containerPort: 7979, protocol: "TCP" },
    ],
    startupProbe: { ...probe("/livez"), periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: { ...probe("/readyz"), periodSeconds: 2, failureThreshold: 3 },
    livenessProbe: { ...probe("/livez"), periodSeconds: 10, failureThreshold: 3 },
    resources: { requests: { cpu: "100m", memory: "96Mi" }, limits: { memory: "256Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [
      { name: "tmp", mountPath: "/tmp" },
      ...(bundled ? [{ name: "bundle", mountPath: BUNDLE_PATH, readOnly: true }] : []),
    ],
  };
}

function probe(path: string): k8s.core.v1.Probe {
  return { httpGet: { path, port: "https", scheme: "HTTPS" }, timeoutSeconds: 2 };
}
