import { stringify } from "yaml";
import { adapterObjects } from "./objects.ts";

/** Image of the adapter that the release publishes. */
export const IMAGE = "ghcr.io/asm-autoscaler/asm-metrics-adapter";

/** The manifest for `kubectl apply`: the component with the Prometheus server of Alibaba Cloud's guide. */
export async function installYaml(version = "0.1.0"): Promise<string> {
  const objects = await adapterObjects({
    prometheus: { url: "http://prometheus.istio-system.svc:9090" },
    image: `${IMAGE}:${version}`,
  });
  return HEADER + objects.map((object) => stringify(object, { lineWidth: 0 })).join("---\n");
}

/** The order to take the API over, for `deploy/take-over`. */
export async function orderYaml(): Promise<string> {
  const objects = await adapterObjects({ prometheus: { url: "http://unused.example" }, image: IMAGE, takeOver: true });
  const orders = objects.filter(({ kind }) => kind === "ConfigMap");
  return ORDER_HEADER + orders.map((object) => stringify(object, { lineWidth: 0 })).join("---\n");
}

const ORDER_HEADER = `# While this object exists, the adapter has the external metrics API. The adapter gives the API back when it is deleted:
# kubectl -n kube-system delete configmap asm-metrics-adapter-take-over
# Made from the component MetricsAdapter.
`;

const HEADER = `# The metrics adapter: kubectl apply -f install.yaml
# Made from the component MetricsAdapter. The URL of Prometheus is in the Secret asm-metrics-adapter-prometheus.
# A cluster has one external metrics API. If it has another adapter, remove the APIService at the end of this file,
# or take the API over with deploy/take-over.
`;
