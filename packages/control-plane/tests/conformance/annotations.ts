import { beforeAll, expect, test } from "@jest/globals";
import { until } from "../until.ts";
import { hpa } from "./hpa.ts";
import { metricPath, type Stage } from "./stage.ts";
import { kma } from "./vectors.ts";

const OTHER_SERVER = "http://promb";
/** Kubernetes itself refuses an annotation with two slashes in its key. */
const CASES = kma.prometheusCollector.filter(({ annotations }) =>
  Object.keys(annotations).every((key) => key.split("/").length === 2),
);

/**
 * What an HPA's annotations mean: the query is named by the adapter when it finds no series, so it can be seen from
 * outside which one it asks.
 */
export function annotations(stage: () => Stage): void {
  beforeAll(async () => {
    const { apply } = stage();
    const namespaces = CASES.map(({ id }) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: id },
    }));
    await apply(...namespaces);
    await apply(
      ...CASES.map(({ id, annotations: given, metrics }) => {
        const annotations = Object.fromEntries(
          // The recorded alias `b` is the stand-in here.
          Object.entries(given).map(([key, value]) => [key, value === "b" ? "stand-in" : value]),
        );
        return hpa("case", metrics, { namespace: id, annotations });
      }),
    );
    await until("the last HPA", async () => (await read(stage(), "pc-36", 0)).status !== 200, 10);
  }, 60_000);

  test.each(CASES)("$id", async ({ id, metrics, expect: expected }) => {
    for (const [index] of metrics.entries()) {
      const { query, server } = expected[index] ?? {};
      const { status, body } = await read(stage(), id, index);
      if (query === undefined) {
        expect(body.items ?? []).toEqual([]);
        expect(body.message ?? "").not.toContain("Query:");
      } else {
        expect(status).toBe(503);
        expect(body.message).toMatch(new RegExp(`Query: ${query.replace(/[^\w]/g, "\\$&")}$`));
        if (server === OTHER_SERVER) expect(stage().standIn.asked.get(query)).toBeGreaterThan(0);
        else if (server !== undefined) expect(body.message).toContain(server);
      }
    }
  });
}

function read({ read }: Stage, id: string, index: number) {
  const metric = CASES.find((one) => one.id === id)?.metrics[index];
  const selector = Object.entries(metric?.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join();
  return read(metricPath(metric?.name ?? "", selector, id));
}
