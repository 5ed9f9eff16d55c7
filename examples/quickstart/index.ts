import { QuickStart } from "@asm-autoscaler/asm-autoscaler/quickstart";
import * as pulumi from "@pulumi/pulumi";

/**
 * A sample workload that scales on its traffic, with everything that it needs: the adapter reads the sidecars of its
 * pods, so it needs no Prometheus and no storage. To try settings on recorded traffic (`backtest`), or to scale on other
 * queries, add a `MeshPrometheus` and give its `endpoint` to a `MetricsAdapter`, as the example `from-zero` does.
 *
 * Requires a cluster that is attached to a mesh, and its kubeconfig.
 * To run it elsewhere, copy this folder, then run `npm install`, `pulumi stack init dev` and `pulumi up`.
 */
export default function quickstart() {
  const config = new pulumi.Config();
  const imageRegistry = config.get("imageRegistry");
  const sample = new QuickStart("sample", {
    requestsPerSecond: config.requireNumber("requestsPerSecond"),
    // Only the sample is in this namespace.
    deleteNamespace: true,
    ...(imageRegistry ? { imageRegistry } : {}),
  });
  return { loadCommand: sample.loadCommand, watchCommand: sample.watchCommand, images: sample.images };
}
