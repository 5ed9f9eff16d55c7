import { AckCluster, envoyStatsJob, TrafficAutoscaler } from "@asm-autoscaler/asm-autoscaler";
import * as pulumi from "@pulumi/pulumi";

const autoscaler = { namespace: "test", target: "web", maxReplicas: 10 };

const mistakes = {
  cluster: () =>
    new AckCluster("cluster", {
      vswitchIds: ["vsw-1"],
      podVswitchIds: ["vsw-2"],
      podCidr: "172.20.0.0/16",
      nodePools: {
        system: { instanceTypes: ["ecs.g7.xlarge"], desiredSize: 2 },
        elastic: { instanceTypes: ["ecs.g7.xlarge"], minSize: 4, maxSize: 2 },
      },
    }),
  query: () =>
    new TrafficAutoscaler("web", {
      ...autoscaler,
      metrics: [{ query: "sum(rate(http_requests_total[1m])", queryName: "rate", averageValue: "10" }],
    }),
  scrape: () => envoyStatsJob({ scrapeIntervalSeconds: "15s" }),
  late: () => {
    const metrics = pulumi.output([{ requestsPerSecond: 0 }]);
    return new TrafficAutoscaler("web", { ...autoscaler, metrics });
  },
};

mistakes[new pulumi.Config().require("mistake")]();
