import { beforeAll, describe, expect, test } from "@jest/globals";
import { until } from "../until.ts";
import { byName, hpa, queryKey } from "./hpa.ts";
import { GROUP_PATH, metricPath, type Stage } from "./stage.ts";
import { kma } from "./vectors.ts";

const METRIC = metricPath("prometheus-query", undefined, "ns");
/** Decided otherwise: protobuf alone is not acceptable, and a Table is served where one is asked for. */
const DECIDED: Readonly<Record<string, { status: number; kind?: string }>> = {
  "ht-06": { status: 406 },
  "ht-31": { status: 406 },
  "ht-22": { status: 200, kind: "Table" },
};

function recorded(stage: () => Stage, cases: typeof kma.http): void {
  test.each(cases)("$id $request.method $request.path", async ({ id, request, expect: wanted }) => {
    const { method, path, accept } = request;
    const got = await stage().direct.proxied(path, { method, headers: accept === "" ? {} : { Accept: accept } });
    const decided = DECIDED[id];
    if (decided) {
      expect([got.status, (got.json as { kind: string }).kind]).toEqual([decided.status, decided.kind ?? "Status"]);
      return;
    }
    expect([got.status, got.headers["content-type"]]).toEqual([wanted.status, wanted.contentType]);
    if (wanted.status === 406)
      expect(got.body).toMatch(/406: Not Acceptable\\n\\nAvailable representations: application\/json/);
    else if (wanted.body !== undefined) expect(plain(got.body)).toBe(plain(wanted.body));
  });
}

/** Without what differs from one machine and one second to the next. */
function plain(body: string): string {
  return body
    .replace(/"serverAddress":"[^"]*"/, '"serverAddress":"-"')
    .replace(/"timestamp":"[^"]*"/, '"timestamp":"-"')
    .replace(/"window":\d+,/, "");
}

/** The answers of an adapter that no HPA asks for anything. */
export function emptyRequests(stage: () => Stage): void {
  recorded(
    stage,
    kma.http.filter(({ stored }) => stored.length === 0),
  );
}

/** Methods, paths and parameters. */
export function requests(stage: () => Stage): void {
  beforeAll(async () => {
    const { apply, read, plane } = stage();
    await plane.kubectl(["delete", "hpa", "--all", "-A"]);
    await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "ns" } });
    await apply(hpa("rps", [byName("rps")], { namespace: "ns", annotations: { [queryKey("rps")]: "vector(10.056)" } }));
    await until("the value", async () => (await read(METRIC)).body.items?.length === 1, 10);
  }, 60_000);

  describe("recorded with one metric", () =>
    recorded(
      stage,
      kma.http.filter(({ stored }) => stored.length > 0),
    ));

  test("35 a watch is refused", async () => {
    expect((await stage().direct.proxied(`${METRIC}?watch=true`)).status).toBe(405);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE"])("36 %s is refused, and only by whom it may be told", async (method) => {
    const { direct } = stage();
    expect((await direct.proxied(METRIC, { method })).status).toBe(405);
    expect((await direct.get(METRIC, { method })).status).toBe(403);
  });

  test.each(["limit=abc", "timeout=abc", "fieldSelector=nope%3Dx", "labelSelector=%3D%3D"])("37 %s", async (query) => {
    const { status, json } = await stage().direct.proxied(`${METRIC}?${query}`);
    expect([status, json]).toEqual([400, expect.objectContaining({ kind: "Status", reason: "BadRequest" })]);
  });

  test.each(["timeout=1s", "timeout=0", "nonsense=1", "resourceVersion=0"])(
    "38, 39 %s is no hindrance",
    async (query) => {
      expect((await stage().direct.proxied(`${METRIC}?${query}`)).status).toBe(200);
    },
  );

  test.each([`${GROUP_PATH}/foo`, `${GROUP_PATH}/namespaces/default`, `${METRIC}/x`, "/apis/other/v1", "/nothing"])(
    "40 %s is not found",
    async (path) => {
      const { status, json } = await stage().direct.proxied(path);
      expect([status, json]).toEqual([404, expect.objectContaining({ kind: "Status", reason: "NotFound" })]);
    },
  );

  test.each([
    `${METRIC}/`,
    METRIC.replace("/namespaces", "//namespaces"),
    METRIC.replace("/namespaces", "/x/../namespaces"),
    METRIC.replace("/ns/", "/ns%2f"),
    METRIC.replace("/ns/", "/./ns/"),
    METRIC.replace("/apis", "/APIS"),
    METRIC.replace("/namespaces", "/Namespaces"),
    METRIC.replace("/ns/", "/ns%00/"),
    METRIC.replace("/ns/", "/ns%zz/"),
    `https://other${METRIC}`,
  ])("41 %s never gives data", async (path) => {
    const { status, json } = await stage().direct.proxied(path);
    expect([[400, 404].includes(status), (json as { kind?: string })?.kind]).toEqual([true, "Status"]);
  });

  test("42 HEAD gives no body", async () => {
    const { status, body } = await stage().direct.proxied(METRIC, { method: "HEAD" });
    expect([[200, 405].includes(status), body]).toEqual([true, ""]);
  });

  test("43 headers are those of an API server", async () => {
    const { headers } = await stage().direct.proxied(METRIC, { headers: { "Audit-Id": "11-22" } });
    expect(headers).toMatchObject({ "cache-control": "no-cache, private", "audit-id": "11-22" });
    for (const name of ["x-powered-by", "etag", "retry-after"]) expect(headers[name]).toBeUndefined();
  });
}
