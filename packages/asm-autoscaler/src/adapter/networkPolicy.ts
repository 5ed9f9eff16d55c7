import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { labels, type Ports } from "./identity";

/**
 * NetworkPolicy for ingress to the adapter. The API server may connect from any address: in a managed cluster it is not
 * a pod and its addresses change; its certificate authenticates it. Only pods of the cluster may read the adapter's own
 * metrics.
 *
 * A policy does not apply to pods in the node's network. Egress is not limited: a policy takes addresses and not names, and the addresses of the API server and of a
 * Prometheus outside the cluster are not known or can change.
 */
export function createNetworkPolicy(
  name: string,
  metadata: k8s.meta.v1.ObjectMeta,
  ports: Pick<Ports, "secure" | "metrics"> & { readonly webhook?: number },
  opts: pulumi.CustomResourceOptions,
): void {
  const { secure, metrics, webhook } = ports;
  new NetworkPolicy(
    `${name}-network-policy`,
    {
      metadata,
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ["Ingress"],
        ingress: [
          { ports: [secure, ...(webhook === undefined ? [] : [webhook])].map((port) => ({ port, protocol: "TCP" })) },
          { from: [{ namespaceSelector: {} }], ports: [{ port: metrics, protocol: "TCP" }] },
        ],
      },
    },
    opts,
  );
}
