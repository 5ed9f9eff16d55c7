import type * as pulumi from "@pulumi/pulumi";

/** Arguments of a TrafficAutoscaling. */
export interface TrafficAutoscalingArgs {
  /** Namespace of the sample, which is made. Default test, as in the guide. A change replaces the sample. */
  namespace?: pulumi.Input<string>;
  /** Requests per second that one pod of the sample should serve. Default 10. */
  requestsPerSecond?: pulumi.Input<number>;
  /** The most replicas of the sample. Default 10. */
  maxReplicas?: pulumi.Input<number>;
  /**
   * StorageClass of the disk of Prometheus, outside ACK one of your cluster. Default that of a MeshPrometheus. A change
   * replaces the disk, and what was measured is lost.
   */
  storageClassName?: pulumi.Input<string>;
  /** Registry, with or without a path, that mirrors docker.io, ghcr.io and quay.io. Default those themselves. */
  imageRegistry?: pulumi.Input<string>;
  /**
   * Names of Secrets with registry credentials, which must exist in kube-system and istio-system, and in the sample's
   * namespace before its pods start. Default none.
   */
  imagePullSecrets?: pulumi.Input<pulumi.Input<string>[]>;
}
