import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";

/** Arguments of a MeshPrometheus. */
export interface MeshPrometheusArgs {
  /** Namespace, which must exist. Default istio-system. A change replaces all of it, what was measured included. */
  namespace?: pulumi.Input<string>;
  /** Seconds between two scrapes of one proxy, whole and at least 1; rate windows should hold four. Default 15. */
  scrapeIntervalSeconds?: pulumi.Input<number>;
  /**
   * Greatest expected number of pods with a sidecar, waypoints and gateways included; it sizes CPU, memory and disk.
   * Default 500.
   */
  expectedMeshPods?: pulumi.Input<number>;
  /** Days that samples are kept, whole and at least 1, unless the disk is 80 percent full before. Default 7. */
  retentionDays?: pulumi.Input<number>;
  /**
   * Size of the disk in GiB, whole; it can grow and never shrink, so give it before expectedMeshPods or retentionDays go down. Default by
   * those and scrapeIntervalSeconds, at least 20, which is the least of an ESSD.
   */
  storageGiB?: pulumi.Input<number>;
  /**
   * StorageClass of the disk, outside ACK one of your cluster. Default alicloud-disk-topology-alltype, which makes the
   * disk in the zone of the pod. A change replaces the disk, and what was measured is lost.
   */
  storageClassName?: pulumi.Input<string>;
  /** Requests and limits of Prometheus, instead of those by expectedMeshPods and scrapeIntervalSeconds. */
  resources?: pulumi.Input<k8s.core.v1.ResourceRequirements>;
  /** Adds a Grafana with this Prometheus as its data source and the dashboards of this package. Default false. */
  grafana?: boolean;
  /**
   * Password of Grafana's user admin; kept as a secret. Default none: nobody logs in, and everybody who reaches the
   * Service inside the cluster may look.
   */
  grafanaPassword?: pulumi.Input<string>;
  /** Registry, with or without a path, that mirrors quay.io and docker.io for the images. Default those themselves. */
  imageRegistry?: pulumi.Input<string>;
  /** Names of Secrets in the namespace that hold registry credentials. */
  imagePullSecrets?: pulumi.Input<pulumi.Input<string>[]>;
}
