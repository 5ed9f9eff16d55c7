import * as pulumi from "@pulumi/pulumi";

/** A container image of somebody else, pinned, so that no preview looks one up. */
export interface PinnedImage {
  /** The registry that it is published in. */
  readonly registry: string;
  /** Path and tag inside the registry; a mirror keeps both. */
  readonly path: string;
}

/** Every foreign image that a component starts. */
export const pinned = {
  node: { registry: "docker.io", path: "library/node:24.21.0-alpine" },
  prometheus: { registry: "quay.io", path: "prometheus/prometheus:v3.16.0" },
  grafana: { registry: "docker.io", path: "grafana/grafana:12.3.0" },
  podinfo: { registry: "ghcr.io", path: "stefanprodan/podinfo:6.14.1" },
  loadTester: { registry: "ghcr.io", path: "fluxcd/flagger-loadtester:0.38.0" },
} as const satisfies Record<string, PinnedImage>;

/** Reference of an image in its own registry, or in one that mirrors it. */
export function imageReference(image: PinnedImage, mirror: pulumi.Input<string> | undefined): pulumi.Output<string> {
  return pulumi.interpolate`${mirror ?? image.registry}/${image.path}`;
}
