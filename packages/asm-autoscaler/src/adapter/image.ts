import * as pulumi from "@pulumi/pulumi";

/** The stock Node.js image that runs the bundle, inside its registry; pinned, so that no preview looks one up. */
const NODE_IMAGE = "library/node:24.21.0-alpine";

/** The stock image, from Docker Hub or from a registry that mirrors it. */
export function stockImage(registry: pulumi.Input<string> | undefined): pulumi.Output<string> {
  return pulumi.interpolate`${registry ?? "docker.io"}/${NODE_IMAGE}`;
}
