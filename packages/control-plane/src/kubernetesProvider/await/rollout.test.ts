import { describe, expect, test } from "@jest/globals";
import { conditionLines, podLines, rolloutLacks } from "./rollout.ts";

const deployment = (replicas: number, status: Record<string, number>) => ({
  metadata: { generation: 2 },
  spec: { replicas },
  status: { observedGeneration: 2, ...status },
});

describe("a rollout", () => {
  test.each([
    [
      "is not begun before the controller has seen the new generation",
      { ...deployment(1, {}), status: { observedGeneration: 1 } },
      /not seen it yet/,
    ],
    [
      "lacks replicas of the new template",
      deployment(3, { replicas: 3, updatedReplicas: 1 }),
      /^1 of 3 replicas are of the new template/,
    ],
    [
      "lacks the end of old replicas",
      deployment(2, { replicas: 3, updatedReplicas: 2, availableReplicas: 2 }),
      /^1 old replicas/,
    ],
    [
      "lacks available replicas",
      deployment(2, { replicas: 2, updatedReplicas: 2, availableReplicas: 1 }),
      /^1 of 2 replicas are available/,
    ],
  ])("%s", (_, object, lack) => {
    expect(rolloutLacks(object)).toMatch(lack);
  });

  test("is complete with all replicas new and available, and with none wanted", () => {
    expect(rolloutLacks(deployment(2, { replicas: 2, updatedReplicas: 2, availableReplicas: 2 }))).toBeUndefined();
    expect(rolloutLacks(deployment(0, {}))).toBeUndefined();
  });

  test("tells conditions and what keeps containers from running", () => {
    const condition = { type: "Available", status: "False", reason: "MinimumReplicasUnavailable", message: "No." };
    expect(conditionLines({ status: { conditions: [condition] } })).toEqual([
      "Available=False MinimumReplicasUnavailable: No.",
    ]);
    const waiting = { name: "app", state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } } };
    expect(podLines({ metadata: { name: "p" }, status: { containerStatuses: [waiting] } })).toEqual([
      "pod p, container app: ImagePullBackOff no such image",
    ]);
  });
});
