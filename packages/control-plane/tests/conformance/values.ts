import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { until } from "../until.ts";
import { byName, hpa, queryKey } from "./hpa.ts";
import { GROUP_PATH, metricPath, type Stage } from "./stage.ts";
import { kma } from "./vectors.ts";

/** A namespace of this cluster for one of a recorded case. */
const place = (id: string, namespace: string) => `${id}-${namespace || "none"}`;

/** What stands in the list of values. */
export function values(stage: () => Stage): void {
  describe("of one HPA", () => {
    beforeAll(async () => {
      const { apply, read } = stage();
      await apply(
        hpa("values", [byName("a"), byName("b")], {
          annotations: { [queryKey("a")]: "vector(42.5)", [queryKey("b")]: "scalar(vector(1000))" },
        }),
        hpa("cased", [{ name: "Queue-Depth", matchLabels: { type: "prometheus" } }], {
          annotations: { "metric-config.external.Queue-Depth.prometheus/query": "vector(3)" },
        }),
      );
      await until("the values", async () => (await read(metricPath("prometheus-query"))).body.items?.length === 2, 10);
    });

    test("17 the list is as the Go types write it", async () => {
      const { status, body } = await stage().read(metricPath("prometheus-query", "query-name=a"));
      expect(status).toBe(200);
      expect(body).toEqual({
        kind: "ExternalMetricValueList",
        apiVersion: "external.metrics.k8s.io/v1beta1",
        metadata: {},
        items: [
          {
            metricName: "prometheus-query",
            metricLabels: { "query-name": "a" },
            timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
            value: "42500m",
          },
        ],
      });
    });

    test("18 letter case of the name does not count", async () => {
      for (const name of ["queue-depth", "Queue-Depth", "QUEUE-DEPTH"]) {
        const { body } = await stage().read(metricPath(name));
        expect([name, body.items?.map(({ value }) => value)]).toEqual([name, ["3"]]);
      }
    });

    test("20 no selector and an empty one are everything", async () => {
      for (const selector of [undefined, ""]) {
        const { body } = await stage().read(metricPath("prometheus-query", selector));
        expect(body.items?.map(({ value }) => value).sort()).toEqual(["1k", "42500m"]);
      }
    });

    test("21 an unknown name, selector or namespace is an empty list, never null", async () => {
      const { read } = stage();
      const unknown = [
        metricPath("nope"),
        metricPath("prometheus-query", "query-name=nope"),
        metricPath("prometheus-query", undefined, "nowhere"),
      ];
      for (const path of unknown) expect((await read(path)).body.items).toEqual([]);
    });

    test("22 a known metric without a series says so instead of counting as zero", async () => {
      const { apply, read } = stage();
      await apply(hpa("none", [byName("none")], { annotations: { [queryKey("none")]: "sum(no_such_metric)" } }));
      const { status, body } = await until("a cause", async () => {
        const got = await read(metricPath("prometheus-query", "query-name=none"));
        return got.status !== 200 && got;
      });
      expect([status, body.kind]).toEqual([503, "Status"]);
      for (const part of ["default/none", queryKey("none"), "ASM_NO_SERIES", "sum(no_such_metric)"])
        expect(body.message).toContain(part);
      await stage().plane.kubectl(["delete", "hpa", "none"]);
    });

    test("25 names with a space, a colon, a bar and other letters are found", async () => {
      const { apply, read } = stage();
      const names = ["a b", "job:http:rate5m", "x|y", "größe", "a+b", "a&b=c", "日本"];
      await apply(
        ...names.map((name, index) =>
          hpa(`odd-${index}`, [{ name, matchLabels: { type: "prometheus", "query-name": `odd${index}` } }]),
        ),
      );
      for (const name of names) {
        const { status, body } = await read(metricPath(name));
        expect([name, status, body.kind === "Status" || body.items]).toEqual([name, 200, []]);
      }
      await stage().plane.kubectl(["delete", "hpa", ...names.map((_, index) => `odd-${index}`)]);
    });

    test("the readings of a namespace are one Table for kubectl get", async () => {
      const table = await stage().plane.kubectl(["get", "externalmetrics.external.metrics.k8s.io"]);
      expect(table).toMatch(/42500m/);
      expect(table).toMatch(/queue-depth/i);
    });

    test("a metric is a Table too where one is asked for", async () => {
      const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
      const { status, body } = await stage().read(metricPath("prometheus-query"), { Accept: accept });
      expect([status, body.kind, body.apiVersion]).toEqual([200, "Table", "meta.k8s.io/v1"]);
    });
  });

  describe("as kube-metrics-adapter's store gives them", () => {
    beforeAll(async () => {
      const { apply } = stage();
      const objects = kma.externalStore.flatMap(({ id, inserts, get }) => {
        const namespaces = new Set([...inserts.map(({ ns }) => ns), get.ns].map((ns) => place(id, ns)));
        return [...namespaces].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
      });
      await apply(...objects);
      const rounds: object[][] = [[], []];
      for (const { id, inserts } of kma.externalStore) {
        const seen = new Map<string, string>();
        for (const [index, { ns, name, labels, value }] of inserts.entries()) {
          const identity = JSON.stringify([ns, name, labels]);
          const again = seen.get(identity);
          const object = hpa(again ?? `case-${index}`, [{ name, matchLabels: { ...labels, type: "prometheus" } }], {
            namespace: place(id, ns),
            annotations: { [`metric-config.external.${name}.prometheus/query`]: `vector(${value})` },
          });
          seen.set(identity, again ?? `case-${index}`);
          rounds[again === undefined ? 0 : 1]?.push(object);
        }
      }
      for (const round of rounds) await apply(...round);
    }, 60_000);

    test.each(kma.externalStore)("$id", async ({ id, inserts, get, expect: { items, list } }) => {
      const wanted = items.map((index) => inserts[index]?.value).sort();
      await until(`${wanted}`, async () => {
        const { body } = await stage().read(metricPath(get.name, get.selector, place(id, get.ns)));
        expect(body.items?.map(({ value }) => value).sort()).toEqual(wanted);
        return true;
      });
      if (list === undefined) return;
      const { json } = await stage().direct.proxied(GROUP_PATH);
      const names = (json as { resources: { name: string }[] }).resources.map(({ name }) => name);
      for (const name of list) expect([name, names.filter((one) => one === name).length]).toEqual([name, 1]);
    });
  });

  test("every decision on a recorded trap stands in the page of differences", () => {
    const page = readFileSync(join(process.cwd(), "docs/reference/differences.md"), "utf8");
    for (const id of ["pc-12", "pc-14", "pc-18", "pc-24", "pc-27", "pc-37", "pc-38", "pv-09", "pv-12"])
      expect(page).toContain(id);
  });
}
