import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import type * as k8s from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";
import { ADAPTER_NAMESPACE, labels as adapterLabels } from "../adapter/identity";

/** Label of each namespace with its name. https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name */
const NAMESPACE_NAME = "kubernetes.io/metadata.name";

/** A client of Prometheus or of Grafana: pods, by their labels and namespace. */
type Peer = k8s.networking.v1.NetworkPolicyPeer;

/** The adapter in the namespace where it is by default. Its label alone is not enough, because any pod can have it. */
export const adapterPods: Peer = {
  namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: ADAPTER_NAMESPACE } },
  podSelector: { matchLabels: adapterLabels },
};

/** What a NetworkPolicy protects. */
interface Protected {
  readonly metadata: k8s.meta.v1.ObjectMeta;
  readonly labels: Record<string, string>;
  readonly port: number;
  /** Pods that may connect, besides those of the allowed namespaces. */
  readonly clients: readonly Peer[];
  readonly allowedNamespaces: pulumi.Input<pulumi.Input<string>[]> | undefined;
}

/**
 * NetworkPolicy for ingress to one port. Without it, every pod of the cluster could query Prometheus, also the series
 * that the adapter's tenants may not read. The kubelet of the node can always connect, for probes and
 * `kubectl port-forward`.
 */
export function createNetworkPolicy(
  name: string,
  { metadata, labels, port, clients, allowedNamespaces }: Protected,
  opts: pulumi.CustomResourceOptions,
): void {
  const namespaces = pulumi
    .output(allowedNamespaces ?? [])
    .apply((names) =>
      names.map((namespace): Peer => ({ namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: namespace } } })),
    );
  // A rule without peers would let everyone in.
  const ingress = namespaces.apply((allowed) => {
    const from = [...clients, ...allowed];
    return from.length === 0 ? [] : [{ from, ports: [{ port, protocol: "TCP" }] }];
  });
  new NetworkPolicy(
    name,
    { metadata, spec: { podSelector: { matchLabels: labels }, policyTypes: ["Ingress"], ingress } },
    opts,
  );
}
