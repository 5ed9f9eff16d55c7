import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";

/** Arguments of a MeshPrometheus. */
export interface MeshPrometheusArgs {
  /**
   * Namespace of Prometheus. It must exist. Defaults to istio-system. A change replaces all objects and deletes the
   * samples.
   */
  namespace?: pulumi.Input<string>;
  /**
   * Scrape interval of each proxy in whole seconds, at least 1. Rate windows should be at least four scrape intervals;
   * the reaction Fast uses three. Defaults to 15.
   */
  scrapeIntervalSeconds?: pulumi.Input<number>;
  /**
   * Maximum number of pods with a sidecar that you expect, waypoints and gateways included. CPU, memory and disk are
   * sized for it. Defaults to 500.
   */
  expectedMeshPods?: pulumi.Input<number>;
  /**
   * Retention of samples in whole days, at least 1. If the disk is 80 percent full, the oldest samples are deleted
   * before that time. Defaults to 7.
   */
  retentionDays?: pulumi.Input<number>;
  /**
   * Size of the disk in whole GiB. It can grow but not shrink, so set it to the current size before you lower
   * expectedMeshPods or retentionDays. The default is calculated from expectedMeshPods, retentionDays
   * and scrapeIntervalSeconds. It is never below 20, the minimum of an ESSD disk.
   */
  storageGiB?: pulumi.Input<number>;
  /**
   * StorageClass of the disk. Outside ACK, set one of your cluster. Defaults to alicloud-disk-topology-alltype, which
   * creates the disk in the zone of the pod. A change replaces the disk and deletes the samples.
   */
  storageClassName?: pulumi.Input<string>;
  /** Resource requests and limits of Prometheus. Defaults to values for expectedMeshPods and scrapeIntervalSeconds. */
  resources?: pulumi.Input<k8s.core.v1.ResourceRequirements>;
  /**
   * Whether to add a Grafana with this Prometheus as its data source and the dashboards of this package. Defaults to
   * false.
   */
  grafana?: boolean;
  /**
   * Password of Grafana's user admin, stored as a secret. Defaults to none: nobody can log in, and everybody who
   * can open Grafana can view the dashboards and query Prometheus.
   */
  grafanaPassword?: pulumi.Input<string>;
  /**
   * Additional namespaces whose pods may query Prometheus and open Grafana. Add the adapter's namespace if it is not
   * kube-system. A NetworkPolicy refuses all others. `kubectl port-forward` is always allowed. Defaults to none: only
   * the adapter in kube-system and this Grafana can query.
   */
  allowedNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
  /** Registry that mirrors quay.io and docker.io, with or without a path. Defaults to these registries. */
  imageRegistry?: pulumi.Input<string>;
  /** Names of Secrets with registry credentials in the namespace. Defaults to none. */
  imagePullSecrets?: pulumi.Input<pulumi.Input<string>[]>;
}
