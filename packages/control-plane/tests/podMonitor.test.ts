import { fileURLToPath } from "node:url";
import { OperatorPrometheus } from "@asm-autoscaler/asm-autoscaler/prometheus";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type EngineRoom, openEngineRoom } from "./engineRoom.ts";

/**
 * The kind PodMonitor: what OperatorPrometheus uses of the CRD of prometheus-operator v0.85.0, without descriptions.
 * Source: example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml of
 * github.com/prometheus-operator/prometheus-operator (Apache License 2.0).
 */
const CRD = fileURLToPath(new URL("recorded/podMonitor.crd.json", import.meta.url));

let room: EngineRoom;
beforeAll(async () => {
  room = await openEngineRoom();
}, 120_000);
afterAll(() => room?.stop(), 60_000);

const program = async () => {
  new OperatorPrometheus("prometheus", {
    ...{ release: "ack-prometheus-operator", namespace: "default" },
    ...{ scrapeEnvoy: true, scrapeZtunnel: true, scrapeIntervalSeconds: 5 },
  });
};

test("without the Prometheus Operator the error names the kind, and with it both PodMonitors are accepted as they are", async () => {
  await room.withStack("monitors", program, async (stack) => {
    await expect(stack.up()).rejects.toThrow('no matches for kind "PodMonitor" in version "monitoring.coreos.com/v1"');

    const { kubectl } = room.controlPlane;
    await kubectl(["apply", "-f", CRD]);
    await kubectl(["wait", "--for=condition=Established", "crd/podmonitors.monitoring.coreos.com"]);
    await stack.up();
    const list = JSON.parse(await kubectl(["get", "podmonitors", "-o", "json"]));
    const endpoints = list.items.map((monitor: { spec: { podMetricsEndpoints: object[] } }) => ({
      ...monitor.spec.podMetricsEndpoints[0],
    }));
    expect(endpoints).toMatchObject([
      { port: "http-envoy-prom", interval: "5s", scrapeTimeout: "5s" },
      { port: "ztunnel-stats", interval: "5s", scrapeTimeout: "5s" },
    ]);
    // The API server drops a field that the kind does not have, which would be a change the next time.
    await stack.refresh({ expectNoChanges: true });
    await stack.preview({ expectNoChanges: true });
  });
}, 120_000);
