import { TrafficAutoscaler } from "@asm-autoscaler/asm-autoscaler/autoscaler";
import * as pulumi from "@pulumi/pulumi";

/**
 * Lets Pulumi change fields of the HPA that another tool manages. While it is set, Pulumi overwrites the changes of the
 * other tool without a conflict.
 */
const takeFields: pulumi.ResourceTransform = ({ type, props, opts }) => {
  if (type !== "kubernetes:autoscaling/v2:HorizontalPodAutoscaler") return undefined;
  const annotations = pulumi
    .output(props.metadata.annotations)
    .apply((given) => ({ ...given, "pulumi.com/patchForce": "true" }));
  return { props: { ...props, metadata: { ...props.metadata, annotations } }, opts };
};

/**
 * Scales a workload whose HPA exists already. First import the HPA into the stack, with hpa.json.
 *
 * Requires a cluster with a metrics adapter and the HPA, and its kubeconfig.
 * To run it elsewhere, copy this folder, then run `npm install`, `pulumi stack init dev` and `pulumi up`.
 */
export default function adoptHpa() {
  const config = new pulumi.Config();
  const web = new TrafficAutoscaler(
    "web",
    { namespace: config.require("namespace"), target: "web", maxReplicas: 20, metrics: [{ requestsPerSecond: 50 }] },
    { transforms: config.requireBoolean("takeFields") ? [takeFields] : [] },
  );
  return { hpa: web.name };
}
