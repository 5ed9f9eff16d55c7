import {
  type DirectSpec,
  demandPerSecondQuery,
  directPlanOf,
  parseQuery,
  requestsPerSecondQuery,
} from "@asm-autoscaler/hpa-metrics";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Kubernetes } from "../kubernetes/client.ts";
import { KubernetesError } from "../kubernetes/client.ts";
import { onlyCallers } from "./callers.ts";
import { fakeConnection } from "./connection.testing.ts";
import { createDirect } from "./direct.ts";
import { type Pod, parsePod } from "./pods.ts";

beforeEach(() => void jest.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => void jest.useRealTimers());

/** What one proxy counts per second, by reporter. `closed` cannot be read. */
interface Proxy {
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly sidecar?: boolean;
  readonly hostNetwork?: boolean;
  readonly ready?: boolean;
  /** The state of the sidecar's container. */
  readonly state?: object;
  sends?: number;
  receives?: number;
  /** The workload whose requests it receives. */
  from?: string;
  passesOn?: number;
  closed?: boolean;
}

const WEB = 'destination_workload="web",destination_workload_namespace="shop"';
const HOST = 'destination_service="web.shop.svc.cluster.local"';

function planOf(text: string) {
  const parsed = parseQuery(text);
  const result = parsed.ok ? directPlanOf(parsed.query) : undefined;
  if (!result?.ok) throw new Error(result?.reason);
  return result.plan;
}

const target = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
const demand = planOf(demandPerSecondQuery({ service: "web", namespace: "shop" }));
const throughWaypoint = planOf(requestsPerSecondQuery({ workload: "web", namespace: "shop", reporter: "waypoint" }));

/** A cluster in which the workload `web` of the namespace `shop` is scaled. Its own pods have the label `app: web`. */
function scene(
  proxies: Readonly<Record<string, Proxy>>,
  {
    plan = demand,
    isForbidden = false,
    host = HOST,
    gateways = [{ namespace: "istio-system", selector: "istio=ingressgateway" }],
  } = {},
) {
  const addresses = new Map(Object.keys(proxies).map((name, index) => [`10.0.0.${index}`, name]));
  const podOf = ([address, name]: [string, string]) => {
    const { labels = {}, sidecar = true, ready = true, hostNetwork = false, state } = proxies[name] as Proxy;
    return {
      metadata: { uid: name, name, labels, resourceVersion: "1", creationTimestamp: "2020-01-01T00:00:00Z" },
      spec: { hostNetwork, containers: [{ name: "app" }, ...(sidecar ? [{ name: "istio-proxy" }] : [])] },
      status: {
        phase: "Running",
        podIP: address,
        conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
        ...(state ? { initContainerStatuses: [{ name: "istio-proxy", restartCount: 0, state }] } : {}),
      },
    };
  };
  const lists: string[] = [];
  const kubernetes = {
    server: "https://test",
    async call(_method: string, path: string, options?: { query?: Record<string, string> }) {
      if (path.endsWith("/scale")) return { status: { selector: "app=web" } };
      if (!path.endsWith("/pods")) return { resources: [{ kind: "Deployment", name: "deployments" }] };
      const namespace = path.split("/").at(-2) ?? "";
      const selector = options?.query?.["labelSelector"];
      if (isForbidden && namespace === "istio-system") throw new KubernetesError(403, "forbidden");
      lists.push(`${namespace}/${selector ?? "*"}`);
      const [key = "", value] = selector?.split("=") ?? [];
      const isSelected = ({ metadata: { labels } }: { metadata: { labels: Readonly<Record<string, string>> } }) =>
        key === "" || (value === undefined ? key in labels : labels[key] === value);
      const items = [...addresses]
        .filter(([, name]) => proxies[name]?.namespace === namespace)
        .map(podOf)
        .filter(isSelected);
      return { items, metadata: { resourceVersion: "1" } };
    },
    watch: (_path: string, _query: object, _listener: unknown, signal: AbortSignal) =>
      new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve())),
  };
  const asked: { name: string; filter: RegExp; at: number }[] = [];
  const counted = new Map<string, { at: number; sends: number; receives: number; passesOn: number }>();
  const connect = (address: string) => {
    const name = addresses.get(address) ?? "";
    return fakeConnection((filter) => {
      asked.push({ name, filter, at: Date.now() });
      const proxy = proxies[name] as Proxy;
      const totals = counted.get(name) ?? { at: Date.now(), sends: 500, receives: 500, passesOn: 500 };
      const seconds = (Date.now() - totals.at) / 1000;
      for (const key of ["sends", "receives", "passesOn"] as const) totals[key] += (proxy[key] ?? 0) * seconds;
      counted.set(name, { ...totals, at: Date.now() });
      if (proxy.closed) return { failure: "closed", sentence: "connect ECONNREFUSED" };
      const all: ["sends" | "receives" | "passesOn", string, string][] = [
        ["sends", "source", `${host},${WEB},response_code="503"`],
        ["receives", "destination", `${WEB},source_workload="${proxy.from ?? "client"}"`],
        ["passesOn", "waypoint", WEB],
      ];
      const own = all.filter(([key]) => proxy[key] !== undefined);
      return new Map(
        own.map(([key, reporter, labels]) => [
          `istio_requests_total{reporter="${reporter}",${labels}}`,
          Math.floor(totals[key]),
        ]),
      );
    });
  };
  const began = Date.now();
  const clock = { monotonic: () => Date.now() - began, wall: () => Date.now() };
  const direct = createDirect({ kubernetes: kubernetes as unknown as Kubernetes, clock, gateways, connect });
  const spec: DirectSpec = { mode: "always", target, plan };
  const read = () => {
    const reading = direct.read(spec, "shop");
    if (!reading.ok) return `${reading.problem.code}: ${reading.problem.message}`;
    const value = Math.round(reading.value);
    return reading.tooLow ? `at least ${value}, ${reading.tooLow.code}: ${reading.tooLow.message}` : value;
  };
  return {
    ...{ lists, asked, direct, read },
    /** Reads as the HPA controller does, and returns the last reading. */
    async readAfter(ms: number) {
      read();
      for (let left = ms; left > 0; left -= 15_000) {
        await jest.advanceTimersByTimeAsync(Math.min(left, 15_000));
        read();
      }
      return read();
    },
  };
}

const client = (sends?: number): Proxy => ({ namespace: "shop", ...(sends === undefined ? {} : { sends }) });
const gateway = (sends: number): Proxy => ({
  ...client(sends),
  namespace: "istio-system",
  labels: { istio: "ingressgateway" },
});
const server = (receives: number): Proxy => ({ namespace: "shop", labels: { app: "web" }, receives });

describe("the demand of a workload without pods", () => {
  test("is what the pods of its namespace and the gateways send", async () => {
    const elsewhere: Proxy = { ...client(100), namespace: "other" };
    const { lists, asked, readAfter } = scene({ one: client(3), two: client(4), gateway: gateway(5), elsewhere });
    expect(await readAfter(12_000)).toBe(12);
    expect(lists.sort()).toEqual(["istio-system/istio=ingressgateway", "shop/*", "shop/app=web"]);
    const filters = new Map(asked.map(({ name, filter }) => [name, filter.source]));
    expect(Object.fromEntries(filters)).toEqual({
      ...{ one: "istio_requests_total", two: "istio_requests_total" },
      gateway: expect.stringContaining("\\.(shop)\\.svc\\.cluster\\.local"),
    });
  });

  test("is zero only if all callers are read", async () => {
    expect(await scene({ one: client(0), gateway: gateway(0) }).readAfter(12_000)).toBe(0);
    expect(await scene({ one: client(0), gateway: { ...gateway(0), closed: true } }).readAfter(12_000)).toBe(
      "at least 0, ASM_DIRECT_PODS: 1 of 2 callers of Deployment shop/web are not read, such as gateway: connect ECONNREFUSED",
    );
    const forbidden = await scene({ one: client(0) }, { isForbidden: true }).readAfter(30_000);
    expect(forbidden).toMatch(/^at least 0, ASM_DIRECT_TARGET: the callers of Deployment shop\/web are not known/);
  });

  test("counts no caller like the others", async () => {
    const many = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`c${index}`, client(1)]));
    expect(await scene({ ...many, c9: { ...client(1), closed: true } }).readAfter(12_000)).toBe(9);
  });

  test("counts a caller that is not ready, and misses one that cannot be read", async () => {
    expect(await scene({ one: client(0), two: { ...client(3), ready: false } }).readAfter(12_000)).toBe(3);
    const closed = { ...client(3), ready: false, closed: true };
    expect(await scene({ one: client(0), two: closed }).readAfter(12_000)).toMatch(/^at least 0, ASM_DIRECT_PODS/);
  });

  test("does not miss a pod whose sidecar has not started, and misses it from its start on", async () => {
    const closed: Proxy = { ...client(3), ready: false, closed: true };
    const starting: Proxy = { ...closed, state: { waiting: { reason: "PodInitializing" } } };
    expect(await scene({ one: client(0), starting }).readAfter(12_000)).toBe(0);
    const started: Proxy = { ...closed, state: { running: {} } };
    expect(await scene({ one: client(0), started }).readAfter(12_000)).toMatch(/^at least 0, ASM_DIRECT_PODS/);
  });

  test("does not miss a pod without a sidecar, but a gateway on the network of its node", async () => {
    expect(await scene({ one: client(0), bare: { ...client(), sidecar: false } }).readAfter(12_000)).toBe(0);
    const onNode = { ...gateway(0), hostNetwork: true };
    expect(await scene({ one: client(0), gateway: onNode }).readAfter(12_000)).toMatch(/^at least 0, ASM_DIRECT_PODS/);
  });

  test("has no reading without a caller, and before the first request", async () => {
    expect(await scene({}).readAfter(12_000)).toMatch(/^ASM_DIRECT_REPORTER: no pod was found that reports/);
    expect(await scene({ one: client() }).readAfter(12_000)).toMatch(/^ASM_DIRECT_NO_SERIES/);
  });

  test("counts a gateway once that is in the namespace of the workload", async () => {
    const own = { ...gateway(5), namespace: "shop" };
    const gateways = [{ namespace: "shop", selector: "istio=ingressgateway" }];
    expect(await scene({ own }, { gateways }).readAfter(12_000)).toBe(5);
  });

  test("reads 200 callers of a namespace, and never takes them for all", async () => {
    const many = Object.fromEntries(Array.from({ length: 230 }, (_, index) => [`c${index}`, client(0)]));
    expect(await scene(many).readAfter(14_000)).toMatch(/^at least 0, ASM_DIRECT_PODS: 30 of 230 callers/);
  });
});

describe("the demand of a workload with pods", () => {
  test("is whole if its pods receive what the callers send", async () => {
    expect(await scene({ one: client(8), web: server(8) }).readAfter(30_000)).toBe(8);
    expect(await scene({ one: client(0), web: server(0) }).readAfter(30_000)).toBe(0);
  });

  test("is too low while its pods receive more, such as from another namespace", async () => {
    expect(await scene({ one: client(8), web: server(40) }).readAfter(30_000)).toBe(
      "at least 8, ASM_DIRECT_REPORTER: Deployment shop/web receives 40.0 requests per second, and the callers that are read send 8.0",
    );
  });

  test("is in doubt for ten minutes after a single request of a caller that is not read", async () => {
    const web = server(0.2);
    const { readAfter } = scene({ one: client(0), web });
    expect(await readAfter(30_000)).toMatch(
      /^at least 0, ASM_DIRECT_REPORTER: .* received requests in the last ten minutes/,
    );
    web.receives = 0;
    expect(await readAfter(500_000)).toMatch(/^at least 0/);
    expect(await readAfter(200_000)).toBe(0);
  });

  test("is whole though a caller without a sidecar calls, whom no query of senders counts", async () => {
    expect(await scene({ one: client(0), web: { ...server(5), from: "unknown" } }).readAfter(30_000)).toBe(0);
  });

  test("is whole when the traffic of the callers ends", async () => {
    const [one, web] = [client(8), server(8)];
    const { readAfter } = scene({ one, web });
    await readAfter(30_000);
    Object.assign(one, { sends: 0 });
    Object.assign(web, { receives: 0 });
    expect(await readAfter(10_000)).toBe(0);
  });

  test("is in doubt if its own pods have no sidecar", async () => {
    expect(await scene({ one: client(3), web: { ...server(0), sidecar: false } }).readAfter(30_000)).toMatch(
      /^at least 3, ASM_DIRECT_REPORTER/,
    );
  });
});

describe("the value of a query that says too little of the workload is never whole", () => {
  const WORKLOAD = 'destination_workload="web",destination_workload_namespace="shop"';
  const rateOf = (matchers: string) => `sum(rate(istio_requests_total{reporter="source",${matchers}}[1m]))`;
  const read = (query: string, proxies: Readonly<Record<string, Proxy>>, host = HOST) =>
    scene(proxies, { plan: planOf(query), host }).readAfter(30_000);
  const busy = () => ({ one: client(8), web: server(8) });

  test("if it does not require a Service of the workload's namespace", async () => {
    expect(await read(rateOf(HOST), busy())).toBe(8);
    expect(await read(rateOf(WORKLOAD), busy())).toBe(
      'at least 8, ASM_DIRECT_REPORTER: Deployment shop/web has a query that does not require a Service of the namespace shop by destination_service="…"',
    );
    for (const other of ["web.other.svc.cluster.local", "web", "shop"]) {
      const host = `destination_service="${other}"`;
      expect([other, await read(rateOf(host), busy(), host)]).toEqual([
        other,
        expect.stringMatching(/^at least 8, ASM_DIRECT_REPORTER: .* of the namespace shop/),
      ]);
    }
    expect(await read(rateOf(WORKLOAD), { one: client(0) })).toMatch(/^at least 0, ASM_DIRECT_REPORTER/);
    expect(await read(rateOf(WORKLOAD), { one: client(8) })).toBe(8);
  });

  test("if a request counts other than once", async () => {
    for (const query of [`${rateOf(HOST)} * 2`, `${rateOf(HOST)} / 2`, `${rateOf(HOST)} + ${rateOf(HOST)}`])
      expect([query, await read(query, busy())]).toEqual([
        query,
        expect.stringMatching(/^at least \d+, ASM_DIRECT_REPORTER: .* multiplies its requests/),
      ]);
    expect(await read(`${rateOf(HOST)} * 64 / 64`, busy())).toBe(8);
  });
});

describe("a workload behind waypoints", () => {
  const waypoint = (passesOn: number): Proxy => ({
    ...{ namespace: "shop", labels: { "gateway.networking.k8s.io/gateway-name": "waypoint" }, passesOn },
  });
  const web: Proxy = { ...server(0), sidecar: false };

  test("has what all waypoints of its namespace and those that are named pass on", async () => {
    const gateways = [{ namespace: "waypoints", selector: "app=waypoint" }];
    const far: Proxy = { namespace: "waypoints", labels: { app: "waypoint" }, passesOn: 4 };
    const { readAfter } = scene({ near: waypoint(3), far, one: client(9) }, { plan: throughWaypoint, gateways });
    expect(await readAfter(12_000)).toBe(7);
  });

  test("is in doubt while it has pods, because another waypoint may have taken over", async () => {
    for (const passesOn of [0, 3])
      expect(await scene({ near: waypoint(passesOn), web }, { plan: throughWaypoint }).readAfter(12_000)).toBe(
        `at least ${passesOn}, ASM_DIRECT_REPORTER: Deployment shop/web may get requests through waypoints that are not read`,
      );
  });

  test("is in doubt if one waypoint is not read", async () => {
    const options = { plan: throughWaypoint };
    const closed = { ...waypoint(3), closed: true };
    expect(await scene({ near: waypoint(3), closed, web }, options).readAfter(12_000)).toMatch(
      /^at least 3, ASM_DIRECT_PODS/,
    );
    expect(await scene({ web }, options).readAfter(12_000)).toMatch(/^ASM_DIRECT_REPORTER: no pod was found/);
  });
});

test("the start of its sidecar makes a pod a caller", () => {
  const seen: Pod[] = [];
  const onChange = (pod: Pod) => void seen.push(pod);
  const nothing = () => undefined;
  const callers = onlyCallers({ onList: nothing, onDelete: nothing, onTrouble: nothing, onChange }, true);
  const change = (status: object) => {
    const object = {
      metadata: { uid: "a", name: "a" },
      spec: { initContainers: [{ name: "istio-proxy" }] },
      status: { podIP: "10.0.0.1", ...status },
    };
    const pod = parsePod(object, "https://test");
    if (pod) callers.onChange(pod);
  };
  const proxy = (state: object, restartCount = 0) => [{ name: "istio-proxy", restartCount, state }];
  change({ initContainerStatuses: proxy({ waiting: {} }) });
  change({ initContainerStatuses: proxy({ running: {} }) });
  change({ containerStatuses: proxy({ waiting: {} }) });
  // One that has run may have sent something, and so may one that is not known.
  for (const status of [proxy({ waiting: {} }, 1), proxy({ terminated: {} }), []])
    change({ containerStatuses: status });
  expect(seen.map(({ isReady }) => isReady)).toEqual([false, true, false, true, true, true]);
});
