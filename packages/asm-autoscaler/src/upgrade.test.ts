import "../testing/bundleFixture";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { CA, prometheus } from "../testing/recordAdapter";
import { recordStack } from "../testing/recordStack";
import {
  ManagedPrometheus,
  MeshPrometheus,
  MetricsAdapter,
  Reaction,
  ScalingPace,
  ScheduleDay,
  TrafficAutoscaler,
} from ".";

const committed = join(__dirname, "upgrade.vectors.json");

/** Objects that a rollout or a replacement would disturb. */
const KINDS = ["Deployment", "Service", "NetworkPolicy", "HorizontalPodAutoscaler", "PodMonitor", "StatefulSet"];

/** What a program of an earlier version creates, with arguments that version has. */
function program(): void {
  // An image of its own, because each release has another bundle and another stock image.
  const image = "registry.example/adapter:1";
  new MetricsAdapter("plain", { prometheus, image });
  new MetricsAdapter("full", {
    prometheus: { ...prometheus, authorization: "Bearer x", caBundle: CA },
    additionalPrometheus: { eu: { url: "http://eu.example", headers: { "X-Scope-OrgID": "shop" } } },
    image,
    direct: true,
    tenants: { namespaceLabel: "namespace" },
    delegates: [{ type: "Keda" }],
    nodeSelector: { pool: "system" },
    tolerations: [{ operator: "Exists" }],
    affinity: { nodeAffinity: {} },
    imagePullSecrets: ["registry"],
    admissionWebhook: { secretName: "webhook", caBundle: CA },
  });
  const web = { namespace: "shop", target: "web", maxReplicas: 10 };
  new TrafficAutoscaler("web", { ...web, metrics: [{ requestsPerSecond: 10 }] });
  new TrafficAutoscaler("fast", {
    ...{ namespace: "shop", target: "fast", maxReplicas: 10, reaction: Reaction.Fast, scrapeIntervalSeconds: 5 },
    metrics: [{ latencyMilliseconds: 200 }, { errorRatio: 0.01, windowSeconds: 30 }],
  });
  new TrafficAutoscaler("slow", {
    ...{ namespace: "shop", target: "slow", maxReplicas: 10, scrapeIntervalSeconds: 30 },
    metrics: [
      { requestsPerSecond: 10 },
      { query: "sum(rate(istio_requests_total[1m]))", queryName: "own", averageValue: "10" },
    ],
  });
  new MeshPrometheus("mesh", { scrapeIntervalSeconds: 30 });
  new ManagedPrometheus("arms", { url: "http://arms.example", scrapeEnvoy: true });
  new TrafficAutoscaler("all", {
    namespace: "shop",
    targetRef: { kind: "StatefulSet", name: "orders" },
    maxReplicas: 10,
    reaction: Reaction.Direct,
    metrics: [{ requestsPerSecond: 10, onNoData: { value: 1 } }, { cpuUtilization: 70 }],
    schedules: [
      { days: [ScheduleDay.Monday, ScheduleDay.Friday], from: "08:00", to: "20:00", utcOffset: "+08:00", replicas: 4 },
    ],
    behavior: { scaleUp: { podsPerMinute: 4, tolerance: 0.05 }, scaleDown: { pace: ScalingPace.Slow } },
  });
}

// A changed pod template restarts the adapter, and a changed HPA scales at once, in every stack that upgrades. After a
// wanted change: WRITE_UPGRADE=1 npm run test:unit -- upgrade
test("a stack without new arguments sees no change of its workloads and HPAs when it upgrades", async () => {
  const stack = await recordStack(program);
  const objects = stack.filter(({ type }) => KINDS.some((kind) => type.endsWith(`:${kind}`)));
  const made = JSON.parse(JSON.stringify(objects.map(({ name, inputs }) => ({ name, inputs }))));
  if (process.env["WRITE_UPGRADE"] === "1") writeFileSync(committed, `${JSON.stringify(made, null, 2)}\n`);
  expect(made).toEqual(JSON.parse(readFileSync(committed, "utf8")));
});
