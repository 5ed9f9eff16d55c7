import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import type * as pulumi from "@pulumi/pulumi";

/** Name of the waypoint of a namespace, and of the Deployment that Istio makes for it. */
export const WAYPOINT = "waypoint";

/** The waypoint of a namespace, as a resource of Gateway API; Istio starts and upgrades its pods. */
export function createWaypoint(
  name: string,
  namespace: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): CustomResource {
  return new CustomResource(
    name,
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: { name: WAYPOINT, namespace, labels: { "istio.io/waypoint-for": "service" } },
      spec: {
        gatewayClassName: "istio-waypoint",
        listeners: [{ name: "mesh", port: 15008, protocol: "HBONE", allowedRoutes: { namespaces: { from: "Same" } } }],
      },
    },
    opts,
  );
}
