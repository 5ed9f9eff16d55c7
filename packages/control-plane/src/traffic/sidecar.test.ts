import { Agent, request } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { emptySplit, offerRate, type Split, splitOver } from "./counters.ts";
import type { MeshPod } from "./meshPod.ts";
import { openSidecar, type Sidecar } from "./sidecar.ts";
import { podStreams } from "./streams.ts";

// Each worker of Jest has an address of its own, below those of control planes.
const address = `127.40.0.${process.env["JEST_WORKER_ID"] ?? "1"}`;
const pod: MeshPod = {
  ...{
    uid: "1",
    name: "web-1",
    address,
    hasSidecar: true,
    ready: true,
    namespace: "test",
    workload: "web",
    serviceAccount: "web",
  },
  app: "web",
};
const http = { namespace: "test", workload: "web", service: "web" };
const tcp = { ...http, service: "db", protocol: "tcp" as const };

let now = 0;
let requests: Split;
let connections: Split;
let sidecar: Sidecar;
let agent: Agent;

beforeEach(async () => {
  now = 1_000;
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const pods = new Map([["1", true]]);
  requests = splitOver(emptySplit(now), now, pods);
  connections = splitOver(emptySplit(now, { seconds: 60 }), now, pods);
  sidecar = openSidecar(
    pod,
    () => [...podStreams(pod, http, requests), ...podStreams(pod, tcp, connections)],
    () => now,
    (problem) => {
      throw problem;
    },
  );
  await sidecar.fail();
});

afterEach(async () => {
  agent.destroy();
  await sidecar.close();
});

/** What a scrape brings. `socket` is the same for requests of one connection. */
function scrape(query = "", signal = AbortSignal.timeout(5_000)) {
  return new Promise<{ status: number; text: string; socket: unknown }>((resolve, reject) => {
    const options = { host: address, port: 15_090, path: `/stats/prometheus${query}`, agent, signal };
    const sent = request(options, (response) => {
      const { socket } = response;
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
        if (text.length > 1_000_000) response.destroy(new Error("too large"));
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text, socket }));
      response.on("error", reject);
    });
    sent.on("error", reject).end();
  });
}

const value = (text: string, metric: string): number | undefined => {
  const found = new RegExp(`^${metric}\\{.*\\} (\\S+)$`, "m").exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};
const shown = async (metric: string) => value((await scrape()).text, metric);
const filter = (text: string) => `?filter=${encodeURIComponent(text)}`;

describe("a sidecar", () => {
  test("shows a series from the first request that has ended, and counts each at once", async () => {
    requests = offerRate(requests, now, 10);
    expect(await shown("istio_requests_total")).toBeUndefined();
    now += 0.15;
    expect(await shown("istio_requests_total")).toBe(1);
    now += 10;
    expect(await shown("istio_requests_total")).toBe(101);
  });

  test("changes histograms and TCP counters only at its flush, every 5 s", async () => {
    requests = offerRate(requests, now, 10);
    connections = offerRate(connections, now, 2);
    sidecar.restart();
    const metrics = ["istio_request_duration_milliseconds_count", "istio_response_bytes_sum"];
    const all = () => Promise.all([...metrics, "istio_tcp_connections_opened_total"].map(shown));
    now += 4.75;
    expect(await all()).toEqual([undefined, undefined, undefined]);
    now += 0.5;
    expect(await all()).toEqual([50, 100_000, 10]);
    now += 4.5;
    expect(await all()).toEqual([50, 100_000, 10]);
    expect(await shown("istio_requests_total")).toBe(97);
    expect(await shown("istio_tcp_connections_closed_total")).toBeUndefined();
    now += 60;
    expect(await shown("istio_tcp_connections_closed_total")).toBe(10);
  });

  test("begins at zero after a restart, without the series until a request ends", async () => {
    requests = offerRate(requests, now, 10);
    now += 20.05;
    sidecar.restart();
    expect(await shown("istio_requests_total")).toBeUndefined();
    now += 1;
    expect(await shown("istio_requests_total")).toBe(10);
    expect(sidecar.ended()).toBeCloseTo(210.5, 6);
  });

  test("evicts only what was idle, and counts it from zero later", async () => {
    requests = offerRate(requests, now, 10);
    connections = offerRate(connections, now, 1);
    now += 10;
    requests = offerRate(requests, now, 0);
    now += 12;
    sidecar.evictIdle(10);
    const text = (await scrape()).text;
    expect(value(text, "istio_requests_total")).toBeUndefined();
    expect(value(text, "istio_tcp_connections_opened_total")).toBeGreaterThan(10);
    requests = offerRate(requests, now, 10);
    now += 0.55;
    expect(await shown("istio_requests_total")).toBe(5);
  });

  test("compares a filter with its internal names, in both dialects, and refuses a bad one", async () => {
    requests = offerRate(requests, now, 10);
    now += 20;
    const families = async (query: string) =>
      Array.from((await scrape(query)).text.matchAll(/^# TYPE (\S+)/gm), ([, name]) => name);
    expect(await families(filter("istio_requests_total"))).toEqual(["istio_requests_total"]);
    expect(await families(filter("^istiocustom\\.istio_requests_total\\.reporter\\.destination\\."))).toHaveLength(1);
    expect(await families(filter("istio_request_duration_milliseconds_bucket"))).toEqual([]);
    expect(await families(filter("istio_requests_total\\{"))).toEqual([]);
    expect(await families("?usedonly")).not.toContain("envoy_listener_manager_lds_update_rejected");
    expect(await families("")).toContain("envoy_listener_manager_lds_update_rejected");
    sidecar.speak("old");
    expect(await families(filter("^istiocustom"))).toEqual([]);
    expect(await families(filter("^reporter=.=destination;.;.*_istio_requests_total$"))).toHaveLength(1);
    for (const bad of ["(", "(?!istio)", "(a)\\1"]) expect((await scrape(filter(bad))).status).toBe(400);
  });

  test("writes labels in the order of its dialect, an empty one too, and no help", async () => {
    requests = offerRate(requests, now, 10);
    now += 20;
    const line = async () => /^istio_requests_total.*$/m.exec((await scrape()).text)?.[0];
    expect(await line()).toMatch(
      /^istio_requests_total\{reporter="destination",source_workload="loadtester",source_canonical_service=.*,response_code="200",grpc_response_status="",response_flags="-",connection_security_policy="mutual_tls"\} 200$/,
    );
    sidecar.speak("old");
    expect(await line()).toMatch(/^istio_requests_total\{response_code="200",reporter="destination",.*canonical_rev/);
    const { text } = await scrape();
    expect(text).toMatch(/\n\n# TYPE /);
    expect(text).not.toMatch(/# HELP/);
  });

  test("keeps a connection, and answers elsewhere with 404", async () => {
    expect((await scrape()).socket).toBe((await scrape("?usedonly")).socket);
    expect((await scrape("/other")).status).toBe(404);
    expect(sidecar.scrapes()).toBe(3);
  });

  test("fails as asked, and works again", async () => {
    requests = offerRate(requests, now, 10);
    now += 20;
    await sidecar.fail("not-found");
    expect((await scrape()).status).toBe(404);
    await sidecar.fail("garbage");
    expect(value((await scrape()).text, "istio_requests_total")).toBeUndefined();
    await sidecar.fail("cut");
    await expect(scrape()).rejects.toThrow();
    await sidecar.fail("huge");
    await expect(scrape()).rejects.toThrow("too large");
    await sidecar.fail("hang");
    await expect(scrape("", AbortSignal.timeout(100))).rejects.toThrow();
    await sidecar.fail({ slowMs: 150 });
    const began = performance.now();
    expect(value((await scrape()).text, "istio_requests_total")).toBe(200);
    expect(performance.now() - began).toBeGreaterThan(140);
    await sidecar.fail("refuse");
    await expect(scrape()).rejects.toThrow();
    await sidecar.fail();
    expect(value((await scrape()).text, "istio_requests_total")).toBe(200);
  });
});
