import {
  anticipateQuery,
  DEFAULT_LEAD_SECONDS,
  DEFAULT_PERIODS,
  PERIOD_SECONDS,
  requestsPerSecondQuery,
  writeAnnotations,
} from "@asm-autoscaler/hpa-metrics";
import { createScene, type Scene } from "./scene.testing.ts";

/**
 * A scene with the one HPA `shop/web`, of 1 to 10 pods with ten requests per second each. Its first metric is the load,
 * its second what is anticipated by days: observed, or also a metric of the HPA.
 */
export function createAnticipatedScene(mode: "observe" | "act", startsAt: number): Scene {
  const load = requestsPerSecondQuery({ workload: "web", namespace: "shop" });
  const [leadSeconds, periods] = [DEFAULT_LEAD_SECONDS, DEFAULT_PERIODS];
  const ahead = anticipateQuery(load, { periodSeconds: PERIOD_SECONDS.Day, leadSeconds, periods, growth: true });
  const { annotations, metrics } = writeAnnotations([
    { queryName: "rps", query: load },
    { queryName: "rps-ahead", query: ahead, anticipates: "rps", intervalSeconds: 60 },
  ]);
  const asked = mode === "act" ? metrics : metrics.slice(0, 1);
  const hpa = {
    metadata: { name: "web", namespace: "shop", uid: "u", annotations },
    spec: {
      minReplicas: 1,
      maxReplicas: 10,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      metrics: asked.map(({ name, matchLabels }) => ({
        type: "External",
        external: { metric: { name, selector: { matchLabels } }, target: { type: "AverageValue", averageValue: "10" } },
      })),
    },
  };
  return createScene([hpa], startsAt);
}
