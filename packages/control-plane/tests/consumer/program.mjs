import { MetricsAdapter, TrafficAutoscaler } from "@asm-autoscaler/asm-autoscaler";

export default async () => {
  new MetricsAdapter("adapter", { prometheus: { url: process.env.PROMETHEUS_URL } });
  new TrafficAutoscaler("podinfo", {
    namespace: "default",
    target: "podinfo",
    maxReplicas: 10,
    metrics: [{ requestsPerSecond: 10 }],
  });
};
