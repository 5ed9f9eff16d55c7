import type { DirectSpec } from "@asm-autoscaler/hpa-metrics";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Kubernetes, WatchEvent } from "../kubernetes/client.ts";
import { createDirect } from "./direct.ts";
import { requestRate } from "./fleet.testing.ts";
import type { ScrapeResult } from "./scrape.ts";

const spec: DirectSpec = {
  mode: "always",
  target: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
  plan: requestRate,
};
const pod = (name: string, address: string, more: { ready?: boolean; sidecar?: boolean } = {}) => ({
  metadata: { uid: name, name, resourceVersion: "1", creationTimestamp: "2020-01-01T00:00:00Z" },
  spec: { containers: [{ name: "app" }, ...(more.sidecar === false ? [] : [{ name: "istio-proxy" }])] },
  status: {
    phase: "Running",
    podIP: address,
    conditions: [{ type: "Ready", status: more.ready === false ? "False" : "True" }],
  },
});

beforeEach(() => void jest.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => void jest.useRealTimers());

/** A workload with these pods. Each proxy counts 10 requests per second, unless its address is closed. */
function scene(pods: object[], closed: ReadonlySet<string> = new Set(), selector = "app=web") {
  const asked: string[] = [];
  let onEvent: (event: WatchEvent) => void = () => undefined;
  const kubernetes = {
    server: "https://test",
    async call(_method: string, path: string, options?: { query?: Record<string, string> }) {
      asked.push(`${path} ${options?.query?.["labelSelector"] ?? ""}`.trim());
      if (path.endsWith("/scale")) return { status: { selector } };
      if (path.endsWith("/pods")) return { items: pods, metadata: { resourceVersion: "1" } };
      return { resources: [{ kind: "Deployment", name: "deployments" }] };
    },
    watch(_path: string, _query: object, listener: (event: WatchEvent) => void, signal: AbortSignal) {
      onEvent = listener;
      return new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    },
  };
  let scrapes = 0;
  const began = Date.now();
  const connect = (address: string) => ({
    async scrape(): Promise<ScrapeResult> {
      scrapes++;
      if (closed.has(address)) return { ok: false, failure: "closed", sentence: "connect ECONNREFUSED", bytes: 0 };
      const counted = 1_000 + Math.floor((10 * (Date.now() - began)) / 1000);
      const values = new Map([['istio_requests_total{reporter="destination"}', counted]]);
      return { ok: true, values, bytes: 100, isNewConnection: false };
    },
    close: () => undefined,
  });
  const clock = { monotonic: () => Date.now() - began, wall: () => Date.now() };
  const direct = createDirect({ kubernetes: kubernetes as unknown as Kubernetes, clock, gateways: [], connect });
  const read = () => {
    const reading = direct.read(spec, "shop");
    return reading.ok ? Math.round(reading.value) : `${reading.problem.code}: ${reading.problem.message}`;
  };
  const readAfter = async (ms: number) => {
    read();
    await jest.advanceTimersByTimeAsync(ms);
    return read();
  };
  return { asked, direct, read, readAfter, scrapes: () => scrapes, change: (event: WatchEvent) => onEvent(event) };
}

const pods = (count: number) => Array.from({ length: count }, (_, index) => pod(`web-${index}`, `10.0.0.${index}`));

describe("a workload that is read directly", () => {
  test("has a reading when its proxies were read for a window", async () => {
    const { asked, read, readAfter } = scene(pods(3));
    expect(read()).toMatch(/^ASM_DIRECT_STARTING/);
    expect(await readAfter(5_000)).toMatch(/^ASM_DIRECT_STARTING/);
    expect(await readAfter(7_000)).toBe(30);
    expect(asked).toEqual([
      "/apis/apps/v1",
      "/apis/apps/v1/namespaces/shop/deployments/web/scale",
      "/api/v1/namespaces/shop/pods app=web",
    ]);
  });

  test("counts a pod that cannot be read like the others, up to a fifth of them", async () => {
    expect(await scene(pods(10), new Set(["10.0.0.1", "10.0.0.2"])).readAfter(12_000)).toBe(100);
    expect(await scene(pods(10), new Set(["10.0.0.1", "10.0.0.2", "10.0.0.3"])).readAfter(12_000)).toBe(
      "ASM_DIRECT_CLOSED: 3 of 10 pods of Deployment shop/web cannot be read, such as web-1: connect ECONNREFUSED",
    );
  });

  test("does not miss a pod that is not ready and never had traffic", async () => {
    const waiting = pod("web-9", "10.0.0.9", { ready: false });
    expect(await scene([...pods(2), waiting], new Set(["10.0.0.9"])).readAfter(12_000)).toBe(20);
  });

  test("names pods without a sidecar, no pods, and a target without a selector", async () => {
    const bare = pod("web-0", "10.0.0.1", { sidecar: false });
    expect(await scene([bare]).readAfter(12_000)).toMatch(/^ASM_DIRECT_NO_SIDECAR: 1 of 1 pod/);
    expect(await scene([]).readAfter(12_000)).toMatch(/^ASM_DIRECT_NO_PODS/);
    expect(await scene(pods(1), new Set(), "").readAfter(12_000)).toMatch(/^ASM_DIRECT_TARGET.*has no selector/);
  });

  test("counts a pod that is gone only until it was gone, and a changed one with its new state", async () => {
    const { readAfter, change } = scene(pods(2));
    expect(await readAfter(12_000)).toBe(20);
    change({ type: "DELETED", object: pod("web-1", "10.0.0.1") });
    expect(await readAfter(12_000)).toBe(10);
  });

  test("is scaled up from a sample, beyond 200 pods", async () => {
    const many = Array.from({ length: 400 }, (_, index) => pod(`web-${index}`, `10.1.${index >> 8}.${index & 255}`));
    const { readAfter, scrapes } = scene(many);
    expect(await readAfter(14_000)).toBe(4_000);
    expect(scrapes()).toBeLessThanOrEqual(200 * 8);
  });

  test("is not scraped when nobody reads it, and starts again with a new window", async () => {
    const { read, readAfter, scrapes } = scene(pods(1));
    await readAfter(120_000);
    const before = scrapes();
    expect(before).toBeLessThanOrEqual(32);
    expect(read()).toMatch(/^ASM_DIRECT_STARTING/);
    expect(await readAfter(12_000)).toBe(10);
  });
});
