import { expect, test } from "@jest/globals";
import { until } from "../until.ts";
import { byName, hpa, queryKey } from "./hpa.ts";
import { GROUP_PATH, type Stage } from "./stage.ts";

const DISCOVERY_TYPE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const KUBE_AGGREGATOR = { user: "system:kube-aggregator", groups: [] };

/** What the aggregator, the namespace controller and kubectl learn of us. Numbers are those of the list of checks. */
export function discovery(stage: () => Stage): void {
  test("4 the resource list answers at once without an Accept header", async () => {
    const { status, json, milliseconds } = await stage().direct.proxied(GROUP_PATH);
    expect(status).toBe(200);
    expect(json).toMatchObject({ kind: "APIResourceList", groupVersion: "external.metrics.k8s.io/v1beta1" });
    expect(milliseconds).toBeLessThan(200);
  });

  test("5, 6, 7 aggregated discovery has our one entry, and its ETag is its own", async () => {
    const { direct } = stage();
    const first = await direct.proxied("/apis", { headers: { Accept: DISCOVERY_TYPE } });
    expect(first.status).toBe(200);
    expect(first.headers["content-type"]?.split(";").sort()).toEqual(DISCOVERY_TYPE.split(";").sort());
    expect(first.headers.vary).toMatch(/Accept/);
    expect(first.headers.etag).toMatch(/^"[^"]+"$/);
    expect(first.json).toMatchObject({
      kind: "APIGroupDiscoveryList",
      apiVersion: "apidiscovery.k8s.io/v2",
      items: [
        {
          metadata: { name: "external.metrics.k8s.io" },
          versions: [
            {
              version: "v1beta1",
              freshness: "Current",
              resources: [{ resource: "externalmetrics", scope: "Namespaced", verbs: ["get"] }],
            },
          ],
        },
      ],
    });
    const tag = String(first.headers.etag);
    const again = await direct.proxied("/apis", { headers: { Accept: DISCOVERY_TYPE, "If-None-Match": tag } });
    expect([again.status, again.body]).toEqual([304, ""]);
    const other = await direct.proxied("/apis", { headers: { Accept: DISCOVERY_TYPE, "If-None-Match": '"x"' } });
    expect(other.status).toBe(200);
    const list = await direct.proxied(GROUP_PATH, { headers: { "If-None-Match": tag } });
    expect(list.status).toBe(200);
  });

  test("8 legacy documents, with and without the slash", async () => {
    const { direct } = stage();
    const kind = async (path: string) => ((await direct.proxied(path)).json as { kind: string } | undefined)?.kind;
    expect(await kind("/apis")).toBe("APIGroupList");
    expect(await kind("/apis/external.metrics.k8s.io")).toBe("APIGroup");
    expect(await kind(`${GROUP_PATH}/`)).toBe("APIResourceList");
  });

  test("9 kubectl api-resources shows externalmetrics", async () => {
    const row = await until(
      "the resource",
      async () => {
        const text = await stage().plane.kubectl(["api-resources", "--api-group=external.metrics.k8s.io"]);
        return text.split("\n").find((line) => line.startsWith("externalmetrics"));
      },
      70,
    );
    expect(row).toMatch(/external\.metrics\.k8s\.io\/v1beta1\s+true\s+ExternalMetricValueList/);
  }, 80_000);

  test("10 the API server's own aggregated discovery calls us current", async () => {
    const { status, body } = await stage().read("/apis", { Accept: DISCOVERY_TYPE });
    expect(status).toBe(200);
    const ours = (body.items as unknown as { metadata: { name: string }; versions: unknown[] }[]).find(
      ({ metadata }) => metadata.name === "external.metrics.k8s.io",
    );
    expect(ours?.versions).toMatchObject([{ version: "v1beta1", freshness: "Current" }]);
  });

  test("11 the aggregator's identity, which names no group, may read it", async () => {
    expect((await stage().direct.proxied(GROUP_PATH, KUBE_AGGREGATOR)).status).toBe(200);
  });

  test("names appear with the HPAs that want them, each once, and go with them", async () => {
    const { apply, plane, direct } = stage();
    const names = async () => {
      const { json } = await direct.proxied(GROUP_PATH);
      return (json as { resources: { name: string }[] }).resources.map(({ name }) => name);
    };
    const annotations = { [queryKey("one")]: "vector(1)", [queryKey("two")]: "vector(2)" };
    await apply(hpa("names", [byName("one"), byName("two")], { annotations }));
    await until("the name", async () => (await names()).includes("prometheus-query"), 5);
    expect((await names()).filter((name) => name === "prometheus-query")).toHaveLength(1);
    await plane.kubectl(["delete", "hpa", "names"]);
    await until("none", async () => (await names()).length === 0, 5);
  });
}
