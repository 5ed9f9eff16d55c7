const { MetricsAdapter, TrafficAutoscaler } = require("@asm-autoscaler/asm-autoscaler");

module.exports = async () => {
  new MetricsAdapter("adapter", { prometheus: { url: process.env.PROMETHEUS_URL } });
  new TrafficAutoscaler("podinfo", {
    namespace: "default",
    target: "podinfo",
    maxReplicas: 10,
    metrics: [{ requestsPerSecond: 10 }],
  });
};
