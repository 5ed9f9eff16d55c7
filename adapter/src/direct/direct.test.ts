import type { DirectSpec } from "@asm-autoscaler/hpa-metrics";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Kubernetes, WatchEvent } from "../kubernetes/client.ts";
import { type FakeAnswer, fakeConnection } from "./connection.testing.ts";
import { createDirect } from "./direct.ts";
import { requestRate } from "./fleet.testing.ts";

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

const HISTOGRAM = "istio_request_bytes_sum";
const METRICS = ["istio_requests_total", HISTOGRAM];
const CLOSED: FakeAnswer = { failure: "closed", sentence: "connect ECONNREFUSED" };

type Behave = (address: string, metrics: readonly string[]) => Promise<FakeAnswer | undefined> | undefined;

/**
 * A workload with these pods. Each proxy counts 10 of each metric per second, unless its address is closed or `behave`
 * gives another result.
 */
function scene(pods: object[], closed: ReadonlySet<string> = new Set(), selector = "app=web", behave?: Behave) {
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
  const scrapes: { address: string; at: number; metrics: readonly string[] }[] = [];
  const began = Date.now();
  const connect = (address: string) =>
    fakeConnection(async (filter) => {
      const metrics = METRICS.filter((metric) => filter.test(metric.replace("_sum", ".reporter")));
      scrapes.push({ address, at: Date.now() - began, metrics });
      const other = await behave?.(address, metrics);
      if (other !== undefined) return other;
      if (closed.has(address)) return CLOSED;
      const counted = 1_000 + Math.floor((10 * (Date.now() - began)) / 1000);
      return new Map(metrics.map((metric) => [`${metric}{reporter="destination"}`, counted]));
    });
  const clock = { monotonic: () => Date.now() - began, wall: () => Date.now() };
  const direct = createDirect({ kubernetes: kubernetes as unknown as Kubernetes, clock, gateways: [], connect });
  const read = (of = spec) => {
    const reading = direct.read(of, "shop");
    return reading.ok ? Math.round(reading.value) : `${reading.problem.code}: ${reading.problem.message}`;
  };
  const readAfter = async (ms: number) => {
    read();
    await jest.advanceTimersByTimeAsync(ms);
    return read();
  };
  return { asked, direct, read, readAfter, scrapes, change: (event: WatchEvent) => onEvent(event) };
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
    expect(scrapes.length).toBeLessThanOrEqual(200 * 8);
  });

  test("is not scraped when nobody reads it, and starts again with a new window", async () => {
    const { read, readAfter, scrapes } = scene(pods(1));
    await readAfter(120_000);
    const before = scrapes.length;
    expect(before).toBeLessThanOrEqual(32);
    expect(read()).toMatch(/^ASM_DIRECT_STARTING/);
    expect(await readAfter(12_000)).toBe(10);
  });
});

const pause = (ms: number) => new Promise<undefined>((resolve) => setTimeout(resolve, ms, undefined));
const bytes: DirectSpec = {
  ...spec,
  plan: {
    ...{ ...requestRate, metrics: [HISTOGRAM], isRequestRate: false, isHistogram: true },
    evaluate: (series) => series(HISTOGRAM).reduce((sum, { perSecond }) => sum + perSecond, 0),
  },
};
const ratio: DirectSpec = {
  ...spec,
  plan: { ...requestRate, isRequestRate: false, evaluate: (series) => series("istio_requests_total").length ** 2 },
};

describe("the proxies of a workload", () => {
  test("are read in turn when the namespace has used up its share", async () => {
    const many = Array.from({ length: 200 }, (_, index) => pod(`web-${index}`, `10.1.0.${index}`));
    const { readAfter, scrapes } = scene(many, new Set(), "app=web", () => pause(1_400));
    for (let round = 0; round < 4; round++) await readAfter(15_000);
    const times = Map.groupBy(scrapes, ({ address }) => address);
    const counts = [...times.values()].map(({ length }) => length);
    expect(times.size).toBe(200);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    const gaps = [...times.values()].flatMap((all) => all.slice(1).map(({ at }, index) => at - (all[index]?.at ?? 0)));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(8_100);
  });

  test("that fail are read less often, also those that are not ready, and at the next interval when they become ready", async () => {
    const [failing, starting] = [pod("web-8", "10.0.0.8"), pod("web-9", "10.0.0.9", { ready: false })];
    const closed = new Set(["10.0.0.8", "10.0.0.9"]);
    const { readAfter, scrapes, change } = scene([...pods(8), failing, starting], closed);
    for (let round = 0; round < 6; round++) await readAfter(10_000);
    const countOf = (address: string) => scrapes.filter((one) => one.address === address).length;
    expect(countOf("10.0.0.1")).toBeGreaterThan(28);
    for (const address of closed) expect(countOf(address)).toBeLessThan(8);
    // At any time of the pause.
    for (let round = 0; round < 5; round++) {
      change({ type: "MODIFIED", object: pod("web-9", "10.0.0.9", { ready: false }) });
      closed.add("10.0.0.9");
      await readAfter(31_000 + 3_700 * round);
      closed.delete("10.0.0.9");
      const before = countOf("10.0.0.9");
      change({ type: "MODIFIED", object: pod("web-9", "10.0.0.9") });
      expect(await readAfter(2_100)).toBe(100);
      expect(countOf("10.0.0.9")).toBe(before + 1);
    }
  });

  test("that wait for their first traffic are read every second interval", async () => {
    const { readAfter, scrapes } = scene(
      [pod("web-1", "10.0.0.1", { ready: false })],
      new Set(),
      "app=web",
      async () => "",
    );
    await readAfter(40_000);
    expect(scrapes.length).toBeGreaterThanOrEqual(9);
    expect(scrapes.length).toBeLessThanOrEqual(11);
  });

  describe("with a metric that is too large", () => {
    const isLarge = (metrics: readonly string[]) => metrics.includes(HISTOGRAM);
    const large = `# ${"x".repeat(10_000)}\n`.repeat(300);
    const sceneOf = (count: number) =>
      scene(pods(count), new Set(), "app=web", async (_, metrics) => (isLarge(metrics) ? large : undefined));

    test("have no reading of that one only", async () => {
      const { read, scrapes } = sceneOf(2);
      const seen = new Set<unknown>();
      for (let second = 0; second < 180; second++) {
        const [requests, histogram] = [read(), read(bytes)];
        if (second > 14) seen.add(requests);
        if (second > 14) seen.add(String(histogram).split(", ")[0]);
        await jest.advanceTimersByTimeAsync(1_000);
      }
      expect(seen).toEqual(new Set([20, "ASM_DIRECT_LARGE: 2 of 2 pods of Deployment shop/web cannot be read"]));
      // It is tried again once a minute.
      expect(scrapes.filter(({ metrics }) => isLarge(metrics)).length).toBeLessThan(2 * 2 * 4);
    });

    test("are read, except for it, although it uses up the share of the namespace", async () => {
      const { read } = sceneOf(20);
      let right = 0;
      for (let second = 0; second < 180; second++) {
        const [requests, histogram] = [read(), read(bytes)];
        if (second > 24) expect(histogram).toMatch(/^ASM_DIRECT_LARGE/);
        if (second >= 30 && Math.abs(Number(requests) - 200) <= 1) right++;
        await jest.advanceTimersByTimeAsync(1_000);
      }
      expect(right / 150).toBeGreaterThan(0.8);
    });
  });

  test("with series that change all the time keep the readings that have place, and are told for the others", async () => {
    let made = 0;
    const churning = (metric: string, count: number) => (values: Map<string, number>) => {
      for (let index = 0; index < count; index++)
        values.set(`${metric}{reporter="destination",source_workload="caller-${made++}"}`, 1);
    };
    const readings = async (churn: (values: Map<string, number>) => void) => {
      const began = Date.now();
      const { read } = scene(pods(1), new Set(), "app=web", async (_, metrics) => {
        const requests = 1_000 + Math.floor((Date.now() - began) / 100);
        const values = new Map([['istio_requests_total{reporter="destination"}', requests]]);
        if (metrics.includes(HISTOGRAM)) churn(values);
        return values;
      });
      const seen: string[] = [];
      for (let second = 0; second < 300; second++) {
        const now = [read(), read(bytes)].map((one) => (typeof one === "number" ? "value" : one.split(":")[0]));
        if (now.join() !== seen.at(-1)) seen.push(now.join());
        await jest.advanceTimersByTimeAsync(1_000);
      }
      return seen.slice(2);
    };
    // Its histogram has place for some seconds, and then never long enough to have a reading again.
    expect(await readings(churning(HISTOGRAM, 300))).toEqual(["value,value", "value,ASM_DIRECT_LARGE"]);
    expect(await readings(churning("istio_requests_total", 300))).toEqual([
      "value,value",
      "ASM_DIRECT_LARGE,ASM_DIRECT_LARGE",
    ]);
  });

  test("beyond a sample are not told as unread, and those in the sample are", async () => {
    const many = Array.from({ length: 400 }, (_, index) => pod(`web-${index}`, `10.1.${index >> 8}.${index & 255}`));
    const { read, readAfter } = scene(many);
    await readAfter(12_000);
    expect(read(ratio)).toBe(
      "ASM_DIRECT_LIMIT: only 200 of the 400 pods of Deployment shop/web are read, and the query is not a sum that can be made up for",
    );
    const closed = new Set(many.map((_, index) => `10.1.${index >> 8}.${index & 255}`));
    expect(await scene(many, closed).readAfter(12_000)).toMatch(
      /^ASM_DIRECT_CLOSED: 200 of the 200 pods of Deployment shop\/web that stand for its 400 cannot be read, such as web-/,
    );
  });

  test("with the address of a machine and not of a pod are not called", async () => {
    for (const address of ["127.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "0.0.0.0"]) {
      const { readAfter, scrapes } = scene([pod("web-1", address)]);
      expect(await readAfter(12_000)).toMatch(/^ASM_DIRECT_ADDRESS: 1 of 1 pod .* its address is not one of a pod/);
      expect(scrapes).toEqual([]);
    }
  });
});

test("a scale target whose names are not segments of a path is not read", async () => {
  const hostile = [
    "../../api/v1",
    "apps/v1/../../..",
    "apps/..",
    "..",
    ".",
    "apps//v1",
    "",
    "apps/v1?x=",
    "apps%2f..",
    "a/b/c",
  ];
  const targets = [
    ...hostile.map((apiVersion) => ({ ...spec.target, apiVersion })),
    ...["..", ".", "", "web/../x", "web/scale?x", "%2e%2e"].map((name) => ({ ...spec.target, name })),
  ];
  for (const target of targets) {
    const { read, asked } = scene(pods(1));
    read({ ...spec, target });
    await jest.advanceTimersByTimeAsync(1_000);
    expect(read({ ...spec, target })).toMatch(
      /^ASM_DIRECT_TARGET: .* is not (an object's name|the version of an API group)/,
    );
    expect(asked).toEqual([]);
  }
  const { read, asked } = scene(pods(1));
  read({ ...spec, target: { ...spec.target, kind: "../../secrets" } });
  await jest.advanceTimersByTimeAsync(1_000);
  expect(asked).toEqual(["/apis/apps/v1"]);
});

test("a namespace with more workloads than can be read leaves the others theirs", async () => {
  const { direct } = scene(pods(1));
  const read = (namespace: string, index: number) => {
    const reading = direct.read({ ...spec, target: { ...spec.target, name: `web-${index}` } }, namespace);
    return reading.ok ? "ok" : reading.problem.code;
  };
  for (let index = 0; index < 1_200; index++) read("loud", index);
  expect(read("loud", 1_100)).toBe("ASM_DIRECT_LIMIT");
  for (const namespace of ["shop", "bank"])
    for (let index = 0; index < 20; index++) expect(read(namespace, index)).toBe("ASM_DIRECT_STARTING");
  const others = Array.from({ length: 40 }, (_, index) => read(index < 20 ? "shop" : "bank", index % 20));
  expect(others).not.toContain("ASM_DIRECT_LIMIT");
  const loud = Array.from({ length: 1_000 }, (_, index) => read("loud", index));
  expect(loud.filter((code) => code !== "ASM_DIRECT_LIMIT")).toHaveLength(960);
});
