import {
  Reaction,
  ScalingPace,
  ScalingPolicySelect,
  ScalingPolicyType,
  ScheduleDay,
  TrafficAutoscaler,
  TrafficMetricPolicy,
  TrafficQueryDialect,
  TrafficReporter,
} from "@asm-autoscaler/asm-autoscaler/autoscaler";
import { Deployment } from "@pulumi/kubernetes/apps/v1/index.js";
import * as pulumi from "@pulumi/pulumi";

/**
 * Scales a workload of this program on several signals, and a workload that another program manages.
 *
 * Requires a cluster with a metrics adapter and the namespace of the setting `namespace`, and its kubeconfig.
 * To run it elsewhere, copy this folder, then run `npm install`, `pulumi stack init dev` and `pulumi up`.
 */
export default function autoscalerOnly() {
  const config = new pulumi.Config();
  const namespace = config.require("namespace");
  const labels = { app: "shop" };
  const shop = new Deployment("shop", {
    metadata: { name: "shop", namespace },
    // No replicas: the autoscaler sets their number.
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "shop", image: config.require("image") }] } },
    },
  });

  const { Monday, Tuesday, Wednesday, Thursday, Friday } = ScheduleDay;
  const traffic = new TrafficAutoscaler("shop", {
    deployment: shop,
    minReplicas: 2,
    maxReplicas: 20,
    metrics: [
      { requestsPerSecond: 50, queryName: "shop-requests", reporter: TrafficReporter.Source },
      { latencyMilliseconds: 250, latencyQuantile: 0.99 },
      {
        query: 'sum(rabbitmq_queue_messages_ready{queue="orders"})',
        queryName: "shop-orders",
        // Server would send a query of another language, such as MetricsQL, unchecked.
        dialect: TrafficQueryDialect.Promql,
        averageValue: "30",
        // RabbitMQ has no series of a queue that nobody has used yet.
        onNoData: { policy: TrafficMetricPolicy.Zero },
        onError: { lastFor: "10m" },
      },
    ],
    schedules: [
      {
        days: [Monday, Tuesday, Wednesday, Thursday, Friday],
        from: "08:00",
        to: "20:00",
        utcOffset: "+08:00",
        replicas: 5,
      },
    ],
    reaction: Reaction.Fast,
    behavior: { scaleUp: { pace: ScalingPace.Fast }, scaleDown: { pace: ScalingPace.Slow } },
    expectedRequestsPerSecond: 600,
  });

  const database = new TrafficAutoscaler("replicas", {
    namespace,
    targetRef: { kind: "StatefulSet", name: "replicas" },
    maxReplicas: 5,
    metrics: [{ openConnections: 100 }, { cpuUtilization: 70 }],
    // One pod every five minutes, and at most a tenth of them.
    behavior: {
      scaleDown: {
        policies: [
          { type: ScalingPolicyType.Pods, value: 1, periodSeconds: 300 },
          { type: ScalingPolicyType.Percent, value: 10, periodSeconds: 300 },
        ],
        selectPolicy: ScalingPolicySelect.Min,
      },
    },
  });
  return { autoscalers: [traffic.name, database.name] };
}
