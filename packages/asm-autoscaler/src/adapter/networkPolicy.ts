import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { labels, METRICS_PORT, SECURE_PORT, WEBHOOK_PORT } from "./identity";

/**
 * NetworkPolicy for ingress to the adapter. The API server may connect from any address: in a managed cluster it is not
 * a pod and its addresses change; its certificate authenticates it. Only pods of the cluster may read the adapter's own
 * metrics.
 *
 * Egress is not limited: a policy takes addresses and not names, and the addresses of the API server and of a
 * Prometheus outside the cluster are not known or can change.
 */
export function createNetworkPolicy(
  name: string,
  metadata: k8s.meta.v1.ObjectMeta,
  hasWebhook: boolean,
  opts: pulumi.CustomResourceOptions,
): void {
  new NetworkPolicy(
    `${name}-network-policy`,
    {
      metadata,
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ["Ingress"],
        ingress: [
          { ports: [SECURE_PORT, ...(hasWebhook ? [WEBHOOK_PORT] : [])].map((port) => ({ port, protocol: "TCP" })) },
          { from: [{ namespaceSelector: {} }], ports: [{ port: METRICS_PORT, protocol: "TCP" }] },
        ],
      },
    },
    opts,
  );
}
