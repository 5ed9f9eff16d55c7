import * as pulumi from "@pulumi/pulumi";
import { TrafficAutoscaling } from "asm-autoscaler/quickstart";

/** A sample that is scaled on its traffic, with all it needs, in the cluster of your kubeconfig. */
export default function quickstart() {
  const config = new pulumi.Config();
  const sample = new TrafficAutoscaling("sample", { requestsPerSecond: config.requireNumber("requestsPerSecond") });
  return { load: sample.loadCommand, watch: sample.watchCommand };
}
