import * as pulumi from "@pulumi/pulumi";
import { QuickStart } from "asm-autoscaler/quickstart";

/** A sample that is scaled on its traffic, with all it needs, in the cluster of your kubeconfig. */
export default function quickstart() {
  const config = new pulumi.Config();
  const sample = new QuickStart("sample", { requestsPerSecond: config.requireNumber("requestsPerSecond") });
  return { loadCommand: sample.loadCommand, watchCommand: sample.watchCommand };
}
