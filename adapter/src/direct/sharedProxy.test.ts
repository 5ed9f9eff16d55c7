import {
  type DirectSpec,
  demandPerSecondQuery,
  directPlanOf,
  parseQuery,
  requestsPerSecondQuery,
} from "@asm-autoscaler/hpa-metrics";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Kubernetes } from "../kubernetes/client.ts";
import { fakeConnection } from "./connection.testing.ts";
import { createDirect } from "./direct.ts";
import { requestRate } from "./fleet.testing.ts";
import { createNamespaceShare } from "./namespaceShare.ts";
import { createProxyPool, type ProxyReader, type Scrape } from "./sharedProxy.ts";

beforeEach(() => void jest.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => void jest.useRealTimers());

const target = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };

function demandOf(namespace: string): DirectSpec {
  return specOf(demandPerSecondQuery({ service: "web", namespace }));
}

function specOf(query: string): DirectSpec {
  const parsed = parseQuery(query);
  const result = parsed.ok ? directPlanOf(parsed.query) : undefined;
  if (!result?.ok) throw new Error(result?.reason);
  return { mode: "always", target, plan: result.plan };
}

/**
 * A cluster with one pod of a gateway, and pods in other namespaces. Its proxies answer with the lines of a function.
 */
function scene(linesOf: (pod: string, seconds: number) => string, pods: Readonly<Record<string, string>> = {}) {
  const all = { gateway: "istio-system", ...pods };
  const names = Object.keys(all);
  const kubernetes = {
    server: "https://test",
    async call(_method: string, path: string) {
      if (path.endsWith("/scale")) return { status: { selector: "app=web" } };
      if (!path.endsWith("/pods")) return { resources: [{ kind: "Deployment", name: "deployments" }] };
      const items = Object.entries(all)
        .filter(([, namespace]) => namespace === path.split("/").at(-2))
        .map(([name]) => ({
          metadata: { uid: name, name, resourceVersion: "1", creationTimestamp: "2020-01-01T00:00:00Z" },
          spec: { containers: [{ name: "istio-proxy" }] },
          status: {
            ...{ phase: "Running", podIP: `10.0.0.${names.indexOf(name)}` },
            conditions: [{ type: "Ready", status: "True" }],
          },
        }));
      return { items, metadata: { resourceVersion: "1" } };
    },
    watch: (_path: string, _query: object, _listener: unknown, signal: AbortSignal) =>
      new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve())),
  };
  const requests: { pod: string; at: number }[] = [];
  const began = Date.now();
  const connect = (address: string) =>
    fakeConnection((filter) => {
      const pod = names[Number(address.split(".").at(-1))] ?? "";
      requests.push({ pod, at: Date.now() - began });
      const lines = linesOf(pod, (Date.now() - began) / 1_000).split("\n");
      return lines.filter((line) => line === "" || filter.test(line.replaceAll('"', "."))).join("\n");
    });
  const clock = { monotonic: () => Date.now() - began, wall: () => Date.now() };
  const gateways = [{ namespace: "istio-system", selector: "istio=ingressgateway" }];
  const direct = createDirect({ kubernetes: kubernetes as unknown as Kubernetes, clock, gateways, connect });
  return {
    direct,
    readingOf(namespace: string, spec = demandOf(namespace)) {
      const reading = direct.read(spec, namespace);
      return reading.ok ? Math.round(reading.value) : reading.problem.code;
    },
    /** The times between the requests to a pod since a time, in ms. */
    gapsOf: (pod: string, since: number) => {
      const times = requests.filter((one) => one.pod === pod && one.at >= since).map(({ at }) => at);
      return times.slice(1).map((at, index) => at - (times[index] ?? 0));
    },
  };
}

const lineOf = (namespace: string, value: number, more = "") =>
  `istio_requests_total{reporter="source",source_workload="gateway${more}",` +
  `destination_workload="web",destination_workload_namespace="${namespace}",destination_service="web.${namespace}.svc.cluster.local",response_code="503"} ${Math.floor(value)}\n`;

describe("a gateway that many namespaces read", () => {
  const namespaces = Array.from({ length: 100 }, (_, index) => `shop-${index}`);
  /** Each namespace is sent as many requests per second as its number. */
  const lines = (seconds: number, of = namespaces) =>
    of.map((name, index) => lineOf(name, 1_000 + index * seconds)).join("");

  test("gets one request per interval, and each namespace its own requests", async () => {
    const { readingOf, gapsOf } = scene((_, seconds) => lines(seconds));
    for (let second = 0; second < 60; second++) {
      for (const namespace of namespaces) readingOf(namespace);
      await jest.advanceTimersByTimeAsync(1_000);
    }
    expect(namespaces.map((namespace) => readingOf(namespace))).toEqual(namespaces.map((_, index) => index));
    const gaps = gapsOf("gateway", 10_000);
    expect(gaps.length).toBeGreaterThan(20);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_900);
  });

  const disturbances: [string, string][] = [
    ["are too large", lineOf("loud", 1, "x".repeat(15_000)).repeat(200)],
    ["cannot be read", lineOf("loud", 1, '"')],
    ["have lines that are too long", lineOf("loud", 1, "x".repeat(20_000))],
    ["look like those of two namespaces", lineOf("loud", 1, '",destination_service="x.loud.svc.cluster.local')],
  ];
  test.each(disturbances)("keeps the readings of the others if the series of one namespace %s", async (_, loud) => {
    const others = namespaces.slice(0, 20);
    const { readingOf, gapsOf } = scene((_pod, seconds) => lines(seconds, others) + (seconds > 20 ? loud : ""));
    const wrong = new Set<unknown>();
    for (let second = 0; second < 160; second += 2) {
      for (const [index, namespace] of others.entries()) {
        const reading = readingOf(namespace);
        if (second > 15 && reading !== index) wrong.add(`${index}: ${reading} at ${second}`);
      }
      const reading = readingOf("loud");
      if (second > 45 && typeof reading === "number") wrong.add(`loud: ${reading} at ${second}`);
      await jest.advanceTimersByTimeAsync(2_000);
    }
    expect(wrong).toEqual(new Set());
    // One request in each interval, and some once a minute to find out what is too large.
    expect(gapsOf("gateway", 0).length).toBeLessThan(80 + 45);
  });
});

describe("a gateway that some namespaces read for a while", () => {
  const [first = "", ...others] = Array.from({ length: 60 }, (_, index) => `shop-${index}`);
  const lines = (seconds: number) => [first, ...others].map((name) => lineOf(name, 1_000 + 7 * seconds)).join("");

  test("gives them the same readings while others begin to read it", async () => {
    const { readingOf } = scene((_, seconds) => lines(seconds));
    const seen: unknown[] = [];
    for (let second = 0; second < 40; second++) {
      const reading = readingOf(first);
      if (second > 15) seen.push(reading);
      if (second > 20) for (const other of others) readingOf(other);
      await jest.advanceTimersByTimeAsync(1_000);
    }
    expect(new Set(seen)).toEqual(new Set([7]));
    expect(others.map((other) => readingOf(other))).toEqual(others.map(() => 7));
  });

  const ofWorkload = (namespace: string) =>
    specOf(requestsPerSecondQuery({ workload: "web", namespace, reporter: "source" }));
  const ofTwo = specOf(
    `${requestsPerSecondQuery({ workload: "web", namespace: "loud", reporter: "source" })} + ` +
      requestsPerSecondQuery({ workload: "web", namespace: "louder", reporter: "source" }),
  );
  test.each([
    ["of one namespace", ofWorkload("loud")],
    ["of two namespaces", ofTwo],
  ])("gives them the same readings while another one reads too many series %s by their workload", async (_, wide) => {
    const loud = Array.from({ length: 200 }, (_, index) => lineOf("loud", 1, `${index}${"x".repeat(15_000)}`)).join("");
    const { readingOf } = scene((_pod, seconds) => lines(seconds) + loud);
    const seen: unknown[] = [];
    for (let second = 0; second < 100; second++) {
      const reading = readingOf(first);
      if (second > 15) seen.push(reading);
      if (second > 20) expect(readingOf("loud", wide)).not.toEqual(expect.any(Number));
      await jest.advanceTimersByTimeAsync(1_000);
    }
    expect(new Set(seen)).toEqual(new Set([7]));
  });
});

test("a pod that many workloads read at different times gets one request per interval", async () => {
  const line = (seconds: number) =>
    `istio_requests_total{reporter="destination",source_workload="client"} ${1_000 + Math.floor(3 * seconds)}\n`;
  const { readingOf, gapsOf } = scene((_, seconds) => line(seconds), { web: "shop" });
  const specs = Array.from({ length: 8 }, (_, index): DirectSpec => {
    return { mode: "always", target: { ...target, name: `web-${index}` }, plan: requestRate };
  });
  let others = specs;
  for (let second = 0; second < 120; second++) {
    // Those that are not read for some minutes no longer decide when the pod is read.
    for (const spec of others) readingOf("shop", spec);
    await jest.advanceTimersByTimeAsync(1_000);
    if (second > 15) expect(others.map((spec) => readingOf("shop", spec))).toEqual(others.map(() => 3));
    if (second === 30) others = specs.slice(0, 2);
  }
  const gaps = gapsOf("web", 10_000);
  expect(gaps.length).toBeGreaterThan(45);
  expect(gaps.filter((gap) => gap < 1_900).length).toBeLessThan(2);
});

test("the event loop runs while many readers get a large answer", async () => {
  jest.useRealTimers();
  const text = Array.from({ length: 1_000 }, (_, index) => {
    return `istio_requests_total{reporter="source",source_workload="w${index}",x="${"y".repeat(900)}"} 1\n`;
  }).join("");
  const pool = createProxyPool({
    clock: { monotonic: () => performance.now(), wall: () => Date.now() },
    onScrape: () => undefined,
    connect: () => fakeConnection(() => text),
  });
  const pod = { ...{ uid: "a", name: "a", address: "10.0.0.1", isRefused: false, port: 1, createdAt: 0 } };
  const running = { ...pod, isReady: true, hasStarted: true, isTerminating: false, restarts: 0 };
  const scrapes: Scrape[] = [];
  const [proxy] = Array.from({ length: 100 }, () => {
    const share = createNamespaceShare(() => 0);
    const reader: ProxyReader = {
      ...{ wanted: { reporter: "source" }, share, phase: 0 },
      begin: () => ["istio_requests_total"],
      end: (scrape) => scrapes.push(scrape) > 0,
    };
    return pool.join(running, share, reader);
  });
  let [turns, isDone] = [0, false];
  const count = () => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  await proxy?.scrape();
  isDone = true;
  expect(scrapes.every((one) => one.ok && one.values.size === 1_000)).toBe(true);
  expect(scrapes).toHaveLength(100);
  // It takes some hundreds of ms.
  expect(turns).toBeGreaterThan(20);
});

test("a pod that is scaled and that calls others gets one request per interval", async () => {
  const lines = (seconds: number) =>
    lineOf("shop", 1_000 + 3 * seconds) +
    `istio_requests_total{reporter="destination",source_workload="client"} ${1_000 + Math.floor(3 * seconds)}\n`;
  const { readingOf, gapsOf } = scene((pod, seconds) => (pod === "web" ? lines(seconds) : lineOf("shop", 5)), {
    web: "shop",
  });
  const own: DirectSpec = { mode: "always", target, plan: requestRate };
  for (let second = 0; second < 60; second++) {
    readingOf("shop");
    readingOf("shop", own);
    await jest.advanceTimersByTimeAsync(1_000);
  }
  expect([readingOf("shop"), readingOf("shop", own)]).toEqual([3, 3]);
  const gaps = gapsOf("web", 10_000);
  expect(gaps.length).toBeGreaterThan(20);
  expect(Math.min(...gaps)).toBeGreaterThan(1_900);
});

test("a reader that was not part of a scrape learns of the new connection at its next one", async () => {
  const clock = { monotonic: () => 0, wall: () => 0 };
  let isNewConnection = true;
  const pool = createProxyPool({
    clock,
    onScrape: () => undefined,
    connect: () => ({
      async get(_path, push) {
        push(Buffer.from('istio_requests_total{reporter="source"} 1\n'));
        return { ok: true, bytes: 1, isNewConnection };
      },
      close: () => undefined,
    }),
  });
  const share = createNamespaceShare(() => 0);
  const readerOf = () => {
    const reader = {
      ...{ wanted: { reporter: "source" }, share, phase: 0, wants: true, connections: [] as number[] },
      begin: () => (reader.wants ? ["istio_requests_total"] : []),
      end: (scrape: Scrape) => scrape.ok && reader.connections.push(scrape.connection) > 0,
    };
    return reader satisfies ProxyReader;
  };
  const [one, other] = [readerOf(), readerOf()];
  const pod = { ...{ uid: "a", name: "a", address: "10.0.0.1", isRefused: false, port: 1, createdAt: 0 } };
  const running = { ...pod, isReady: true, hasStarted: true, isTerminating: false, restarts: 0 };
  const [proxy] = [one, other].map((reader) => pool.join(running, share, reader));
  await proxy?.scrape();
  other.wants = false;
  await proxy?.scrape();
  [isNewConnection, other.wants] = [false, true];
  await proxy?.scrape();
  const [first, second, third] = one.connections;
  expect([second === first, third === second]).toEqual([false, true]);
  expect(other.connections).toEqual([first, third]);
});
