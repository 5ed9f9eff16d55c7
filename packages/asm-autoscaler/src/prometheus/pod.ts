import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { PORT, PROMETHEUS } from "./identity";

/** User and group `nobody` of the image. */
const USER = 65534;

/** What differs from one Prometheus to another. */
export interface PodArgs {
  readonly image: pulumi.Input<string>;
  readonly resources: pulumi.Input<k8s.core.v1.ResourceRequirements>;
  /** The claim of its disk. */
  readonly claim: pulumi.Input<string>;
  readonly imagePullSecrets?: k8s.core.v1.PodSpec["imagePullSecrets"];
}

/** The specification of the pod of Prometheus: no right, no capability and no writable place but its disk. */
export function prometheusPod(args: PodArgs): k8s.core.v1.PodSpec {
  return {
    serviceAccountName: PROMETHEUS,
    ...(args.imagePullSecrets === undefined ? {} : { imagePullSecrets: args.imagePullSecrets }),
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      // A disk that is full of blocks would be walked through at every start.
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    },
    // It writes what is in memory to its disk before it ends.
    terminationGracePeriodSeconds: 300,
    containers: [prometheusContainer(args)],
    volumes: [
      { name: "configuration", configMap: { name: PROMETHEUS } },
      { name: "data", persistentVolumeClaim: { claimName: args.claim } },
    ],
  };
}

function prometheusContainer({ image, resources }: PodArgs): k8s.core.v1.Container {
  return {
    name: PROMETHEUS,
    image,
    args: [
      "--config.file=/etc/prometheus/prometheus.yml",
      // A change of the configuration counts within two minutes, without the minutes without readings of a restart.
      "--config.auto-reload",
      // Not the root of the disk, where its file system keeps a lost+found.
      "--storage.tsdb.path=/prometheus/data",
    ],
    ports: [{ name: "http", containerPort: PORT, protocol: "TCP" }],
    // It reads its write-ahead log before it is ready, which takes minutes for millions of series.
    startupProbe: { ...probe("/-/ready"), periodSeconds: 5, failureThreshold: 180 },
    readinessProbe: { ...probe("/-/ready"), periodSeconds: 5, failureThreshold: 3 },
    livenessProbe: { ...probe("/-/healthy"), periodSeconds: 10, failureThreshold: 6 },
    resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [
      { name: "configuration", mountPath: "/etc/prometheus", readOnly: true },
      { name: "data", mountPath: "/prometheus" },
    ],
  };
}

function probe(path: string): k8s.core.v1.Probe {
  return { httpGet: { path, port: "http" }, timeoutSeconds: 3 };
}
