import { TrafficAutoscaler } from "@asm-autoscaler/asm-autoscaler/autoscaler";
import * as pulumi from "@pulumi/pulumi";

/**
 * Scales a workload whose HPA exists already. First import the HPA into the stack, with hpa.json.
 *
 * Requires a cluster with a metrics adapter and the HPA, and its kubeconfig.
 * To run it elsewhere, copy this folder, then run `npm install`, `pulumi stack init dev` and `pulumi up`.
 */
export default function adoptHpa() {
  const config = new pulumi.Config();
  const web = new TrafficAutoscaler("web", {
    namespace: config.require("namespace"),
    target: "web",
    maxReplicas: 20,
    metrics: [{ requestsPerSecond: 50 }],
    // Lets Pulumi change fields of the HPA that another tool manages. While it is set, Pulumi overwrites the changes of
    // the other tool without a conflict.
    ...(config.requireBoolean("takeFields") ? { annotations: { "pulumi.com/patchForce": "true" } } : {}),
  });
  return { hpa: web.name };
}
