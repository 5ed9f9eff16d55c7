import { expect, test } from "@jest/globals";
import { detailsOf } from "./details.ts";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

test("a node pool shows its size, instance types and disks", () => {
  const disks = { instanceTypes: ["ecs.g7.xlarge", "ecs.g8.xlarge"], systemDiskSize: 120, systemDiskCategory: "essd" };
  const type = "alicloud:cs/nodePool:NodePool";
  expect(detailsOf(type, { ...disks, desiredSize: "2" })).toBe("2 × ecs.g7.xlarge or ecs.g8.xlarge, 120 GB essd");
  expect(detailsOf(type, { ...disks, scalingConfig: { minSize: 0, maxSize: 3 } })).toMatch(/^0 to 3 × ecs/);
});

test("a workload shows its replicas, and image, CPU and memory of each container", () => {
  const container = {
    image: "docker.io/grafana/grafana:12.1@sha256:0123",
    resources: { requests: { cpu: "100m", memory: "64Mi" } },
  };
  const spec = { replicas: 1, template: { spec: { containers: [container] } } };
  expect(detailsOf("kubernetes:apps/v1:Deployment", { spec })).toBe("1 replica, grafana:12.1, 100m CPU, 64Mi");
});

test("what is known only after the update is left out", () => {
  const spec = { maxReplicas: 10, minReplicas: unknown, metrics: unknown };
  expect(detailsOf("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", { spec })).toBe("1 to 10 replicas");
  expect(detailsOf("alicloud:vpc/switch:Switch", { cidrBlock: unknown, zoneId: "cn-hangzhou-k" })).toBe(
    "cn-hangzhou-k",
  );
  expect(detailsOf("kubernetes:apps/v1:Deployment", { spec: unknown })).toBe("");
});

test("a type without such values has none, and a Secret never shows its data", () => {
  expect(detailsOf("kubernetes:core/v1:Secret", { data: { password: "aGVsbG8=" } })).toBe("");
  expect(detailsOf("kubernetes:core/v1:ConfigMap", { data: { "a.yml": "x".repeat(2_000) } })).toBe("1 key, 2 kB");
});
