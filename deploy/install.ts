import type { MetricsAdapterArgs } from "@asm-autoscaler/asm-autoscaler";
import { stringify } from "yaml";
import { adapterObjects } from "./objects.ts";

/** Image of the adapter that the release publishes. */
export const IMAGE = "ghcr.io/asm-autoscaler/asm-metrics-adapter";

/** The manifest for `kubectl apply`: the component with the Prometheus server of Alibaba Cloud's guide. */
export function installYaml(version?: string): Promise<string> {
  return manifest({ prometheus: { url: "http://prometheus.istio-system.svc:9090" } }, HEADER, version);
}

/** The manifest for `kubectl apply` without Prometheus: the adapter serves only metrics with the reaction Direct. */
export function installDirectYaml(version?: string): Promise<string> {
  return manifest({ direct: true }, DIRECT_HEADER, version);
}

async function manifest(args: MetricsAdapterArgs, header: string, version = "0.1.0"): Promise<string> {
  const objects = await adapterObjects({ ...args, image: `${IMAGE}:${version}` });
  return header + objects.map((object) => stringify(object, { lineWidth: 0 })).join("---\n");
}

/** The order to take the API over, for `deploy/take-over`. */
export async function orderYaml(): Promise<string> {
  const objects = await adapterObjects({ prometheus: { url: "http://unused.example" }, image: IMAGE, takeOver: true });
  const orders = objects.filter(({ kind }) => kind === "ConfigMap");
  return ORDER_HEADER + orders.map((object) => stringify(object, { lineWidth: 0 })).join("---\n");
}

/** The APIServices of the custom metrics API, for `deploy/prometheus-adapter-rules`. */
export async function rulesYaml(): Promise<string> {
  const rules = { configMap: "unused" };
  const args = { prometheus: { url: "http://unused.example" }, image: IMAGE, prometheusAdapterRules: rules };
  const objects = await adapterObjects(args);
  const custom = objects.filter(({ kind, metadata }) => kind === "APIService" && metadata.name.includes(".custom."));
  return RULES_HEADER + custom.map((object) => stringify(object, { lineWidth: 0 })).join("---\n");
}

const RULES_HEADER = `# The custom metrics API. A cluster has it once: if another adapter has registered it, use deploy/take-over too.
# Made from the component MetricsAdapter.
`;

const ORDER_HEADER = `# While this object exists, the adapter has the external metrics API. The adapter gives the API back when it is deleted:
# kubectl -n kube-system delete configmap asm-metrics-adapter-take-over
# Made from the component MetricsAdapter.
`;

const ONE_API = `# A cluster has one external metrics API. If it has another adapter, remove the APIService at the end of this file,
# or take the API over with deploy/take-over.
`;

const HEADER = `# The metrics adapter: kubectl apply -f install.yaml
# Made from the component MetricsAdapter. The URL of Prometheus is in the Secret asm-metrics-adapter-prometheus.
${ONE_API}`;

const DIRECT_HEADER = `# The metrics adapter without Prometheus: kubectl apply -f install-direct.yaml
# It serves only metrics with the annotation "reaction: direct", from the sidecars of the scaled pods.
# Made from the component MetricsAdapter.
${ONE_API}`;
