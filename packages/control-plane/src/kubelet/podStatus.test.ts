import { expect, test } from "@jest/globals";
import type { V1Pod } from "@kubernetes/client-node";
import type { ContainerReport } from "./container.ts";
import { podStatus, type WrittenCondition } from "./podStatus.ts";

const pod: V1Pod = { spec: { containers: [{ name: "app" }, { name: "istio-proxy" }] } };
const facts = { podIP: "127.65.16.1", hostIP: "127.65.1.11", nodeName: "local" };
const start = new Date("2026-01-01T00:00:00Z");
const running = (ready: boolean): ContainerReport => ({
  state: { running: { startedAt: start } },
  restartCount: 0,
  started: true,
  ready,
});
const status = (reports: Record<string, ContainerReport>, before: WrittenCondition[] = [], second = 0) =>
  podStatus(pod, facts, new Map(Object.entries(reports)), start, before, new Date(start.getTime() + second * 1_000));
const ready = ({ conditions }: { conditions: WrittenCondition[] }) => conditions.find(({ type }) => type === "Ready");

test("a pod is pending until every container runs, and ready when every container is", () => {
  expect(status({}).phase).toBe("Pending");
  expect(status({ app: running(true) }).phase).toBe("Pending");
  const half = status({ app: running(true), "istio-proxy": running(false) });
  expect(half.phase).toBe("Running");
  expect(ready(half)).toMatchObject({ status: "False", message: "containers with unready status: [istio-proxy]" });
  expect(ready(status({ app: running(true), "istio-proxy": running(true) }))).toMatchObject({
    status: "True",
    reason: null,
  });
});

test("a condition keeps its transition time until it changes", () => {
  const first = status({ app: running(true), "istio-proxy": running(true) }, [], 1);
  const same = status({ app: running(true), "istio-proxy": running(true) }, first.conditions, 2);
  expect(ready(same)?.lastTransitionTime).toEqual(ready(first)?.lastTransitionTime);
  const changed = status({ app: running(false), "istio-proxy": running(true) }, same.conditions, 3);
  expect(ready(changed)?.lastTransitionTime).toEqual(new Date("2026-01-01T00:00:03Z"));
});

test("a pod whose containers have all ended has succeeded, or failed if one of them has", () => {
  const ended = (exitCode: number): ContainerReport => ({
    state: { terminated: { exitCode } },
    restartCount: 0,
    started: false,
    ready: false,
  });
  expect(status({ app: ended(0), "istio-proxy": running(true) }).phase).toBe("Running");
  expect(status({ app: ended(0), "istio-proxy": ended(0) }).phase).toBe("Succeeded");
  expect(status({ app: ended(1), "istio-proxy": ended(0) }).phase).toBe("Failed");
});
