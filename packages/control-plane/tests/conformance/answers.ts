import { beforeAll, expect, test } from "@jest/globals";
import { until } from "../until.ts";
import { hpa } from "./hpa.ts";
import { metricPath, type Stage } from "./stage.ts";
import { answer } from "./standIn.ts";
import { kma } from "./vectors.ts";

const query = (id: string) => id.replaceAll("-", "_");
/** We round where the reference cuts off. */
const ROUNDED: Readonly<Record<string, readonly string[]>> = {
  "pv-12": ["0", "1m"],
  "pv-13": ["2m"],
  "pv-14": ["1001m"],
};

/** We refuse a part of the data that is served as the whole, which the reference reads. */
const REFUSED: ReadonlySet<string> = new Set(["pv-27"]);

/** What is made of Prometheus's answers. */
export function answers(stage: () => Stage): void {
  beforeAll(async () => {
    const { apply, standIn } = stage();
    for (const { id, response } of kma.prometheusValue)
      standIn.plan.set(query(id), answer(response.body, response.status));
    standIn.plan.set("never", () => undefined);
    await apply(
      ...[...kma.prometheusValue.map(({ id }) => id), "never"].map((id) =>
        hpa(id, [{ name: id, matchLabels: { type: "prometheus" } }], {
          annotations: {
            [`metric-config.external.${id}.prometheus/query`]: query(id),
            [`metric-config.external.${id}.prometheus/prometheus-server-alias`]: "stand-in",
          },
        }),
      ),
    );
    await until("the HPAs", async () => (await stage().read(metricPath("never"))).status !== 200, 10);
  });

  test.each(kma.prometheusValue)("$id", async ({ id, expect: { quantity } }) => {
    const { status, body } = await stage().read(metricPath(id));
    if (quantity === undefined || REFUSED.has(id)) {
      expect([status, body.kind]).toEqual([503, "Status"]);
      expect(body.message).toMatch(/ASM_[A-Z_]+/);
    } else {
      expect(status).toBe(200);
      expect(ROUNDED[id] ?? [quantity]).toContain(body.items?.[0]?.value);
    }
  });

  test("26 a source that does not answer is a Status within two seconds, without a Retry-After", async () => {
    const began = performance.now();
    const { status, headers, body } = await stage().read(metricPath("never"));
    expect(performance.now() - began).toBeLessThan(2_000);
    expect([[503, 504].includes(status), body.kind, headers.get("retry-after")]).toEqual([true, "Status", null]);
  });
}
