import type * as pulumi from "@pulumi/pulumi";

/** Arguments of a SampleWorkload. */
export interface SampleWorkloadArgs {
  /**
   * Namespace of the sample, which must exist and whose pods must get sidecars, as those of a MeshNamespace do. A change
   * replaces the sample.
   */
  namespace: pulumi.Input<string>;
  /** Registry, with or without a path, that mirrors ghcr.io, where both images are published. Default ghcr.io. */
  imageRegistry?: pulumi.Input<string>;
  /** Names of Secrets in the sample's namespace that hold registry credentials. Default none. */
  imagePullSecrets?: pulumi.Input<pulumi.Input<string>[]>;
}
