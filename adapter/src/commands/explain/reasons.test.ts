import { describe, expect, test } from "@jest/globals";
import type { Sample } from "../../prometheus/answer.ts";
import type { Facts } from "./facts.ts";
import { factsOf, type World } from "./fakes.testing.ts";
import { asText } from "./print.ts";
import { reasonsOf } from "./reasons.ts";

const KEY = "metric-config.external.prometheus-query.prometheus/rps";
const QUERY = 'sum(rate(istio_requests_total{destination_workload="podinfo",reporter="destination"}[1m]))';
const CPU = { type: "Resource", resource: { name: "cpu", target: { averageUtilization: 50 } } };
const ABLE = { type: "AbleToScale", status: "True", reason: "ReadyForNewScale" };
const BLIND = { type: "ScalingActive", status: "False", reason: "FailedGetExternalMetric", message: "none" };

interface Given extends World {
  conditions?: readonly object[];
  query?: string;
  replicas?: number;
  minReplicas?: number;
  /** Percent of the CPU that the pods request. The HPA has a CPU target of 50 % if it is set. */
  cpu?: number;
  /** Of the workload. Default: Deployment. */
  kind?: string;
}

/** Podinfo has 4 replicas of 1 to 10, and a target of 10 for each pod. */
async function facts(given: Given = {}) {
  const {
    conditions = [ABLE],
    query = QUERY,
    replicas = 4,
    minReplicas = 1,
    cpu,
    kind = "Deployment",
    ...world
  } = given;
  const external = { metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": "rps" } } } };
  const current = { type: "Resource", resource: { name: "cpu", current: { averageUtilization: cpu } } };
  const object = {
    metadata: { namespace: "test", name: "podinfo", annotations: { [KEY]: query } },
    spec: {
      ...{ minReplicas, maxReplicas: 10 },
      scaleTargetRef: { kind, name: "podinfo" },
      metrics: [
        { type: "External", external: { ...external, target: { averageValue: "10" } } },
        ...(cpu === undefined ? [] : [CPU]),
      ],
    },
    status: {
      currentReplicas: replicas,
      desiredReplicas: replicas,
      conditions,
      currentMetrics: [{ type: "" }, current],
    },
  };
  return factsOf(object, { served: () => "38", ...world });
}

const ids = (given: Facts) => reasonsOf(given).map(({ id }) => id);
const none = (): readonly Sample[] => [];
const one = (value: number, labels: Record<string, string> = {}): readonly Sample[] => [{ labels, value }];
const first = async (given: Given) => ids(await facts(given))[0];

describe("of several reasons the likeliest", () => {
  test("is that nobody serves the API, whatever else", async () => {
    const given = await facts({ conditions: [BLIND], served: () => undefined });
    expect(ids({ ...given, api: { kind: "absent" } })[0]).toBe("api-absent");
  });

  test("is the query without a reading, and not what follows from it", async () => {
    const given = await facts({ conditions: [ABLE, BLIND], served: () => undefined, samples: () => [] });
    expect(ids(given)).toEqual(["no-such-metric", "was-failing", "no-reading"]);
  });

  test.each([
    ["38", "settled"],
    ["43", "within-tolerance"],
    ["60", "scales"],
    ["200", "at-maximum"],
    ["20", "stabilized"],
  ])("is never missing: with %s requests per second it is %s", async (value, id) => {
    expect(await first({ served: () => value })).toBe(id);
  });

  test.each([
    ["AmbiguousSelector", "shared-pods"],
    ["InvalidSelector", "no-selector"],
  ])("is the pods, where the HPA controller says %s, and no metric", async (reason, id) => {
    const conditions = [ABLE, { ...BLIND, reason, message: "pods by selector are controlled by multiple HPAs" }];
    expect(await first({ conditions, cpu: 50 })).toBe(id);
    expect(await first({ conditions })).toBe(id);
  });

  test("is what refuses the change, and not the reference to what is scaled", async () => {
    const conditions = [{ type: "AbleToScale", status: "False", reason: "FailedUpdateScale", message: "denied" }];
    expect(await first({ conditions })).toBe("scale-refused");
  });

  test("is another metric without a value, which the HPA controller names", async () => {
    const conditions = [ABLE, { ...BLIND, reason: "FailedGetResourceMetric" }];
    expect(await first({ conditions, cpu: Number.NaN })).toBe("other-metric");
  });

  test("is what the HPA controller could not read before, where there is a reading now", async () => {
    expect(await first({ conditions: [ABLE, BLIND] })).toBe("was-failing");
  });

  test("is that somebody switched scaling off, whatever else", async () => {
    const conditions = [ABLE, { ...BLIND, reason: "ScalingDisabled" }];
    expect(await first({ conditions, replicas: 0, served: () => undefined })).toBe("scaling-disabled");
  });
});

test("the metric that asks for most explains the size, also if it is not the adapter's", async () => {
  const [reason] = reasonsOf(await facts({ served: () => "5", cpu: 50 }));
  expect(reason?.why).toMatch(
    /^podinfo runs 4 pods because its cpu is 50 %.*Of its 2 metrics this one asks for most\.$/,
  );
});

describe("traffic that the query cannot count", () => {
  const host = "podinfo.test.svc.cluster.local";

  test.each([
    ["an old mesh without pods", { destination_workload: "unknown" }, 'destination_workload="unknown"'],
    ["clients, while no pod has a sidecar", { reporter: "source" }, 'reporter="source"'],
  ])("is found: %s", async (_, labels, words) => {
    const samples = (query: string) =>
      query.includes("destination_service=~")
        ? one(25, { reporter: "source", destination_workload: "podinfo", destination_service: host, ...labels })
        : query === QUERY
          ? one(0)
          : none();
    const given = await facts({ replicas: 0, minReplicas: 0, served: () => "0", samples });
    const [reason] = reasonsOf(given);
    expect(reason).toMatchObject({ id: "uncounted-requests", wrong: true });
    expect(reason?.why).toContain(`25 requests per second to ${host}`);
    expect(reason?.why).toContain(words);
  });

  test("is looked for at the Services that select the pods", async () => {
    const queries: string[] = [];
    await facts({
      served: () => "0",
      samples: (query) => {
        queries.push(query);
        return query === QUERY ? one(0) : none();
      },
      objects: {
        "/apis/apps/v1/namespaces/test/deployments/podinfo": {
          spec: { template: { metadata: { labels: { app: "p" } } } },
        },
        "/api/v1/namespaces/test/services": {
          items: [
            { metadata: { name: "front" }, spec: { selector: { app: "p" } } },
            { metadata: { name: "other" }, spec: { selector: { app: "q" } } },
            { metadata: { name: "manual" }, spec: {} },
          ],
        },
      },
    });
    expect(queries.find((query) => query.includes("destination_service=~"))).toContain("(?:podinfo|front)");
  });

  test.each([
    ["Rollout", ["podinfo-7c95d5f4b8", "podinfo", "unknown", ""]],
    ["Deployment", ["podinfo", "unknown", ""]],
  ])("of a %s is looked for only under names that its pods can have in a mesh", async (kind, expected) => {
    const queries: string[] = [];
    const samples = (query: string) => {
      queries.push(query);
      return none();
    };
    await facts({ kind, served: () => undefined, samples });
    const [, pattern = ""] = /destination_workload=~"([^"]*)"/.exec(queries.join()) ?? [];
    const names = ["podinfo-7c95d5f4b8", "podinfo-canary", "podinfo-v2-api", "podinfo", "unknown", "other", ""];
    expect(names.filter((name) => new RegExp(`^(?:${pattern})$`).test(name))).toEqual(expected);
  });

  test("of a Rollout is found under the name of its ReplicaSet, as an old mesh has it", async () => {
    const labels = { reporter: "destination", destination_workload: "podinfo-7c95d5f4b8", destination_service: host };
    const samples = (query: string) => (query.includes("destination_service=~") ? one(25, labels) : none());
    const [reason] = reasonsOf(await facts({ kind: "Rollout", served: () => undefined, samples }));
    expect(reason).toMatchObject({ id: "uncounted-requests", wrong: true });
    expect(reason?.why).toContain('destination_workload="podinfo-7c95d5f4b8"');
  });

  test("is not claimed while the query's own series count requests, such as for a ratio of 0", async () => {
    const query = QUERY.replace("}", ',response_code=~"5.."}');
    const samples = (text: string) => (text === query ? one(0) : one(25, { destination_service: host }));
    expect(ids(await facts({ query, served: () => "0", samples }))).not.toContain("uncounted-requests");
  });

  test("is HTTP, where the query counts TCP", async () => {
    const query = 'sum(istio_tcp_connections_opened_total{destination_workload="podinfo"})';
    const samples = (text: string) => (text.startsWith("count(istio_requests_total") ? one(3) : none());
    expect(await first({ query, samples, served: () => undefined })).toBe("http-not-tcp");
  });

  test("is the messages of streams that have not ended", async () => {
    const samples = (text: string) =>
      text.includes("istio_request_messages_total") ? one(40) : text === QUERY ? one(0) : none();
    expect(await first({ samples, served: () => "0" })).toBe("open-streams");
  });

  test("is a note, where some requests are WebSockets", async () => {
    const samples = (text: string) =>
      text.includes('response_code="101"') ? one(2) : text.includes("messages") ? none() : one(38);
    const [reason] = reasonsOf(await facts({ samples }));
    expect(reason).toMatchObject({ id: "settled", wrong: false });
    expect(reason?.why).toContain("WebSockets");
  });
});

describe("a window with few scrapes", () => {
  /** Series with that many samples in five minutes. The query itself has the value, or none. */
  const scraped = (scrapes: number, value?: number) => (query: string) => {
    if (query.startsWith("max(count_over_time(")) return one(scrapes);
    if (query === QUERY) return value === undefined ? none() : one(value);
    return query.startsWith("count(istio") ? one(4) : none();
  };

  test("is the reason of a query without a value, before all that follows from it", async () => {
    const given = await facts({ samples: scraped(5), served: () => undefined });
    const [reason] = reasonsOf(given);
    expect(reason).toMatchObject({ id: "ASM_WINDOW_SCRAPES", wrong: true });
    expect(reason?.why).toContain("the window of 60 s holds 1 scrape of istio_requests_total");
    expect(reason?.remedy).toContain("at least 4m");
    expect(asText(given, reasonsOf(given))).toMatch(/^Window {5}60 s, which holds 1 scrape, one every 60 s$/m);
  });

  test("is a reason also while the query has a value, because it will not always have one", async () => {
    expect(await first({ samples: scraped(10, 38) })).toBe("ASM_WINDOW_SCRAPES");
  });

  test.each([
    [15, 3],
    [20, 4],
  ])("is only shown, and not a reason, with %s samples in five minutes", async (scrapes, held) => {
    const given = await facts({ samples: scraped(scrapes, 38) });
    expect(ids(given)).toEqual(["settled"]);
    expect(given.metrics[0]?.window?.scrapes).toBe(held);
  });

  test("is not claimed if no series has existed for five minutes", async () => {
    const given = await facts({ samples: scraped(0, 38) });
    expect(given.metrics[0]).not.toHaveProperty("window");
  });
});

describe("pods that are scraped twice", () => {
  const twice = (jobs: readonly string[]) => (query: string) => {
    if (query.includes("label_replace("))
      return jobs.map((job) => ({ labels: { asm_host: "10.0.0.1", job, instance: "10.0.0.1:15090" }, value: 1 }));
    return query === QUERY ? one(38) : one(20);
  };

  test.each<[string[], string]>([
    [
      ["envoy-stats", "monitoring/envoy-stats"],
      "Remove the job envoy-stats from additionalScrapeConfigs, or the PodMonitor monitoring/envoy-stats (scrapeEnvoy: false), or add a matcher on job to the query",
    ],
    [
      ["envoy-stats", "kubernetes-pods"],
      "Scrape each proxy by one job on one port, or add a matcher on job to the query",
    ],
  ])("by the jobs %s are the reason, and the remedy names what to remove", async (jobs, remedy) => {
    const given = await facts({ samples: twice(jobs) });
    const [reason] = reasonsOf(given);
    expect(reason).toMatchObject({ id: "scraped-twice", wrong: true, remedy });
    for (const job of jobs) expect(reason?.why).toContain(`${job} 10.0.0.1:15090`);
  });
});

describe("a query that is not PromQL", () => {
  const query = "range_max(rate(orders[1m]))";
  const samples = (asked: string): Sample[] => {
    expect(asked).toBe(query);
    return [{ labels: {}, value: 38, at: 0 }];
  };

  test("is an error, unless its server has a dialect of its own", async () => {
    expect((await facts({ query, samples })).problems.map(({ code }) => code)).toEqual(["ASM_QUERY_INVALID"]);
    const given = await facts({ query, samples, hasOwnDialect: ({ kind }) => kind === "default" });
    expect(given.problems).toEqual([]);
    expect(given.metrics).toEqual([
      expect.objectContaining({ query, reading: expect.objectContaining({ quantity: "38" }) }),
    ]);
  });

  test("is sent as it is, and nothing is claimed about its series", async () => {
    const given = await facts({ query, samples, hasOwnDialect: () => true });
    expect(given.metrics[0]).not.toHaveProperty("series");
    expect(asText(given, reasonsOf(given))).toMatch(/Series +not known/);
  });
});

test("of a selector that is too long to be asked about several times, nothing more is claimed", async () => {
  const query = QUERY.replace("podinfo", "p".repeat(5_000));
  const given = await facts({ query, samples: (text) => (text === query ? one(38) : one(20)) });
  expect(ids(given)).toEqual(["settled"]);
  expect(given.metrics[0]).not.toHaveProperty("window");
});

test("the longest facts fit on a screen of 80 columns and 40 lines", async () => {
  const long = "a".repeat(400);
  const given = await facts({
    query: `sum(rate(${long}[1m]))`,
    conditions: [
      ABLE,
      { ...BLIND, message: long },
      { type: "ScalingLimited", status: "True", reason: long, message: long },
    ],
    served: () => undefined,
    samples: () => [],
  });
  const [metric] = given.metrics;
  const longest: Facts = {
    ...given,
    metrics: Array.from({ length: 9 }, () => metric).flatMap((one) => one ?? []),
    problems: [{ code: "ASM_QUERY_INVALID", severity: "error", message: long, remedy: long }],
    api: { kind: "unavailable", service: long, why: long },
  };
  const lines = asText(longest, reasonsOf(longest)).split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines.length).toBeLessThanOrEqual(42);
});
