import { request } from "node:https";
import type { ControlPlane } from "../src/controlPlane.ts";
import type { Neighbour } from "./neighbour.ts";

/** Objects and reads of the tests with neighbours. */

export const API = "/apis/external.metrics.k8s.io/v1beta1";
export const TEST_ADAPTER_METRIC = `${API}/namespaces/default/my-external-metric`;
export const OURS = `${API}/namespaces/default/prometheus-query?labelSelector=query-name%3Drps`;

/** A Deployment whose number of pods is what counts: no node has to run them. */
export const deployment = (name: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "default" },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        nodeSelector: { nowhere: "" },
        containers: [{ name: "app", image: "docker.io/library/node:24.21.0-alpine" }],
      },
    },
  },
});

export const hpa = (name: string, metric: object, averageValue: string, annotations: Record<string, string> = {}) => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name, namespace: "default", annotations },
  spec: {
    maxReplicas: 10,
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
    metrics: [{ type: "External", external: { metric, target: { type: "AverageValue", averageValue } } }],
  },
});

const selector = (matchLabels: Record<string, string>) => ({ selector: { matchLabels } });

/** An HPA of ours, which wants four pods. */
export const ours = hpa("ours", { name: "prometheus-query", ...selector({ "query-name": "rps" }) }, "10", {
  "metric-config.external.prometheus-query.prometheus/rps": "vector(36)",
});
/** An HPA that wants five pods: the test adapter has 42 for this label. */
export const theirs = hpa("theirs", { name: "my-external-metric", ...selector({ foo: "bar" }) }, "10");

export interface ReadAnswer {
  readonly status: number;
  readonly body: string;
}

/** Asks the neighbour itself, as the ServiceAccount as which our adapter reads. */
export async function askDirectly(
  controlPlane: ControlPlane,
  { url, ca }: Neighbour,
  path: string,
): Promise<ReadAnswer> {
  const token = await controlPlane.kubectl(["-n", "kube-system", "create", "token", "asm-metrics-adapter-delegates"]);
  const headers = { authorization: `Bearer ${token.trim()}`, accept: "application/json" };
  return read(`${url}${path}`, { headers, ca, agent: false });
}

/** Reads a URL to the end. */
export function read(url: string, options: Parameters<typeof request>[1]): Promise<ReadAnswer> {
  return new Promise((resolve, reject) => {
    request(url, { timeout: 20_000, ...options }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => {
        body += text;
      });
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on("error", reject)
      .end();
  });
}

/** Adapters stamp each answer with the time of the answer, in seconds. */
export const timeless = (body: string) => body.replace(/"timestamp":"[^"]+"/g, '"timestamp":""');
