import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { labels, METRICS_PORT, SECURE_PORT, WEBHOOK_PORT } from "./identity";

/**
 * Lets in what the adapter is for. The API server may come from anywhere: that of a managed cluster is no pod and its
 * addresses change; who it is, is proved by its certificate. Its own metrics are for pods of the cluster.
 *
 * What goes out is not limited: a policy takes addresses and not names, and neither those of the API server nor those
 * of a Prometheus outside the cluster are known or stay.
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
