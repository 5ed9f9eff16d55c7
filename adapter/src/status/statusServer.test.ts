import { request } from "node:http";
import { gunzipSync } from "node:zlib";
import { type Problem, problem } from "@asm-autoscaler/hpa-metrics";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { TakeOverState } from "../takeOver/finding.ts";
import { deadDelegate } from "./delegates.testing.ts";
import { createFleet } from "./fleet.testing.ts";
import type { HpaView, StatusList } from "./statusJson.ts";
import { statusList } from "./statusList.ts";
import { type StatusServer, serveStatus } from "./statusServer.ts";

const ASSETS = { "/": { type: "text/html; charset=utf-8", text: "<!doctype html>" } };
const ABOUT = { version: "0.1.0", cluster: "shop-production" };
const fleet = createFleet(200);
let server: StatusServer;
beforeAll(async () => {
  server = await serveStatus({ sources: fleet.sources, assets: ASSETS, about: ABOUT }, { host: "127.0.0.1", port: 0 });
});
afterAll(() => server.close());

interface Answer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
}

function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port: server.port, path, headers, method }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    asked.on("error", reject);
    asked.end();
  });
}

async function list(query = ""): Promise<StatusList> {
  return JSON.parse((await ask(`/api/status${query}`)).body.toString()) as StatusList;
}

describe("/api/status", () => {
  test("has what is wrong first, with its remedy, and counts all", async () => {
    const { hpas, faulty, matching, pages, items } = await list();
    expect({ hpas, faulty, matching, pages, shown: items.length }).toEqual({
      hpas: 200,
      faulty: 2,
      matching: 200,
      pages: 4,
      shown: 50,
    });
    expect(items[0]).toMatchObject({ state: "problem", problems: [{ code: "ASM_NO_SERIES", severity: "error" }] });
    expect(items[0]?.problems[0]?.remedy).toContain("reporter");
  });

  test("fills in the formula of each size", async () => {
    const { items } = await list("?search=podinfo+test/");
    expect(items).toHaveLength(1);
    expect(items[0]?.sentence).toMatch(
      /^podinfo runs \d pods? .*because it gets [\d.]+ requests per second and each pod should carry 10: ceil\([\d.]+ \/ 10\) = \d/,
    );
    expect(items[0]?.metrics[0]?.history?.readings).toHaveLength(60);
  });

  test("says how many pods the metrics ask for above the maximum", async () => {
    const { items } = await list("?search=maximum&limit=1");
    expect(items[0]).toMatchObject({ reason: "at-maximum", replicas: { current: 10, next: 10, max: 10, wanted: 16 } });
  });

  test("is searched by all words, whatever their case", async () => {
    const { items, matching } = await list("?search=TEAM-B+Fault&limit=200");
    expect(items.map(({ namespace, state }) => [namespace, state])).toEqual(
      Array.from({ length: matching }, () => ["team-b", "problem"]),
    );
  });

  test.each([
    ["name", ({ namespace, name }: HpaView): string | number => `${namespace}/${name}`],
    ["pods", ({ replicas }: HpaView): string | number => replicas.current ?? -1],
    ["load", ({ metrics: [metric] }: HpaView): string | number => metric?.proposal?.ratio ?? -1],
  ] as const)("is sorted by %s both ways", async (sort, key) => {
    for (const order of ["asc", "desc"]) {
      const keys = (await list(`?sort=${sort}&order=${order}&limit=200`)).items.map(key);
      const sorted = keys.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      expect(keys).toEqual(order === "asc" ? sorted : sorted.reverse());
    }
  });

  test("has every HPA on one page of the list", async () => {
    const pages = await Promise.all([1, 2, 3, 4].map((page) => list(`?page=${page}`)));
    const ids = pages.flatMap(({ items }) => items.map(({ namespace, name }) => `${namespace}/${name}`));
    expect(new Set(ids).size).toBe(200);
  });

  test("of one HPA is that of the list", async () => {
    const [first] = (await list("?search=test/podinfo")).items;
    expect(JSON.parse((await ask("/api/status/test/podinfo")).body.toString())).toEqual(first);
  });

  test.each(["?sort=shoe", "?order=up", "?page=0", "?page=x", "?limit=201"])("refuses %s", async (query) => {
    const { status, body } = await ask(`/api/status${query}`);
    expect(status).toBe(400);
    expect(JSON.parse(body.toString())).toMatchObject({ code: "ASM_STATUS_REQUEST" });
  });

  test("has the state of the take-over and who removes the adapter's CA, if there is something to say", async () => {
    expect(await list()).not.toHaveProperty("apiServices");
    const readRequest = { search: "", sort: "name", isDescending: false, page: 1, limit: 1 } as const;
    const found = problem("ASM_TAKE_OVER_ABSENT", "there is none");
    const contested = problem("ASM_CA_BUNDLE_CONTESTED", "keda removes it");
    const quiet = { problem: () => undefined };
    const group = "external.metrics.k8s.io";
    const custom = "custom.metrics.k8s.io";
    const view = async (
      takeOver: readonly TakeOverState[],
      external: { problem(): Problem | undefined },
      others: { problem(): Problem | undefined } = quiet,
    ) => {
      const contests = new Map([
        [`v1beta1.${group}`, external],
        [`v1beta2.${custom}`, others],
      ]);
      const missingApi = { problem: () => undefined };
      const sources = { ...fleet.sources, takeOver: () => takeOver, contests, missingApi };
      return (await statusList(sources, readRequest)).apiServices;
    };
    expect(await view([], quiet)).toBeUndefined();
    expect(await view([{ group, state: "taken-over", message: "ours", takeOvers: 1 }], quiet)).toEqual([
      { group, takeOver: { state: "taken-over", message: "ours" }, problems: [] },
    ]);
    const waiting = { state: "waiting", message: "there is none", problem: found, takeOvers: 0 } as const;
    expect(await view([{ group, ...waiting }], quiet)).toMatchObject([
      {
        takeOver: { state: "waiting" },
        problems: [
          { code: "ASM_TAKE_OVER_ABSENT", message: "there is none", remedy: expect.stringContaining("takeOver") },
        ],
      },
    ]);
    expect(await view([], { problem: () => contested })).toMatchObject([
      { group, problems: [{ code: "ASM_CA_BUNDLE_CONTESTED" }] },
    ]);
    expect(await view([{ group: custom, ...waiting }], quiet, { problem: () => contested })).toMatchObject([
      { group: custom, problems: [{ code: "ASM_TAKE_OVER_ABSENT" }, { code: "ASM_CA_BUNDLE_CONTESTED" }] },
    ]);
  });

  test("has the state of each delegate with its problems and their remedies, and nothing else of it", async () => {
    expect(await list()).not.toHaveProperty("delegates");
    const long = deadDelegate(100_000);
    const [first] = long.problems;
    const state = {
      ...{ ...long, problems: first ? [{ ...first, message: "x".repeat(10_000) }] : [] },
      ...{ token: "secret", flags: { ca: "secret" } },
    };
    const readRequest = { search: "", sort: "name", isDescending: false, page: 1, limit: 1 } as const;
    const { delegates } = await statusList({ ...fleet.sources, delegates: () => [state] }, readRequest);
    expect(delegates).toEqual([
      {
        ...{ name: "keda", service: "keda/keda-operator-metrics-apiserver:443", circuit: "open", isVerified: true },
        ...{ metrics: 3, listReadAt: 10_000 },
        problems: [
          {
            ...{ code: "ASM_DELEGATE_DISCOVERY", severity: "warning", message: "x".repeat(500) },
            remedy: expect.stringContaining("ServiceAccount"),
          },
        ],
        lastProblem: {
          ...{ code: "ASM_DELEGATE_UNREACHABLE", severity: "error", at: 90_000 },
          message: 'the delegate "keda" did not answer within 5 s',
          remedy: expect.stringContaining("NetworkPolicy"),
        },
      },
    ]);
  });

  test("knows nothing of an HPA that has no metric of ours", async () => {
    expect((await ask("/api/status/test/nobody")).status).toBe(404);
  });
});

test("/api/about names the cluster and the version", async () => {
  expect(JSON.parse((await ask("/api/about")).body.toString())).toEqual(ABOUT);
});

describe("the server of the status page", () => {
  test("answers nobody who was led here under another name", async () => {
    expect((await ask("/api/status", { host: "rebound.example" })).status).toBe(421);
  });

  test.each(["//", "//?", "///api/status", "/%", "/api/status/%E0%A4%A/x", "/api/status/__proto__/constructor"])(
    "answers %s with nothing, and goes on",
    async (path) => {
      expect((await ask(path)).status).toBe(404);
      expect((await ask("/")).status).toBe(200);
    },
  );

  test("a look that fails ends its connection only", async () => {
    const broken = await serveStatus(
      {
        sources: {
          ...fleet.sources,
          allHpaMetrics: () => {
            throw new Error("broken");
          },
        },
        assets: ASSETS,
        about: ABOUT,
      },
      { host: "127.0.0.1", port: 0 },
    );
    await expect(fetch(`http://127.0.0.1:${broken.port}/api/status`)).rejects.toThrow("fetch failed");
    expect((await fetch(`http://127.0.0.1:${broken.port}/`)).status).toBe(200);
    broken.close();
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS"])("does nothing by %s", async (method) => {
    const { status, headers } = await ask("/", {}, method);
    expect([status, headers["allow"]]).toEqual([405, "GET"]);
  });

  test("lets a browser load nothing from elsewhere, nor be framed", async () => {
    const { headers } = await ask("/");
    expect(headers["content-security-policy"]).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  });

  test("sends what has not changed only once, and small", async () => {
    const first = await ask("/api/status", { "accept-encoding": "gzip" });
    expect(first.headers["content-encoding"]).toBe("gzip");
    expect(JSON.parse(gunzipSync(first.body).toString())).toMatchObject({ hpas: 200 });
    const again = await ask("/api/status", { "if-none-match": String(first.headers["etag"]) });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });
});
