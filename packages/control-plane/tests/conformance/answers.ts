import { beforeAll, expect, test } from "@jest/globals";
import { until } from "../until.ts";
import { hpa } from "./hpa.ts";
import { metricPath, type Stage } from "./stage.ts";
import { answer, DELIVERIES, sample } from "./standIn.ts";
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

/** Answers that say, each in its own way, that they are a part of the data. */
const PARTIAL: Readonly<Record<string, Parameters<typeof sample>[1]>> = {
  warnings: { more: { warnings: ["receive series from store-1: context deadline exceeded"] } },
  isPartial: { more: { isPartial: true } },
  "status 206": { status: 206 },
};
const nameOf = (kind: string, one: string) => `${kind}-${one.toLowerCase().replaceAll(" ", "-")}`;
const partialNames = Object.keys(PARTIAL).map((one) => nameOf("partial", one));
const deliveryNames = DELIVERIES.map((one) => nameOf("delivery", one));

/** What is made of Prometheus's answers. */
export function answers(stage: () => Stage): void {
  beforeAll(async () => {
    const { apply, standIn } = stage();
    for (const { id, response } of kma.prometheusValue)
      standIn.plan.set(query(id), answer(response.body, response.status));
    for (const [index, delivery] of DELIVERIES.entries())
      standIn.plan.set(query(deliveryNames[index] ?? ""), sample(`${index + 1}.5`, { delivery }));
    for (const [name, part] of Object.entries(PARTIAL))
      standIn.plan.set(query(nameOf("partial", name)), sample("35", part));
    standIn.plan.set("never", () => undefined);
    const ids = kma.prometheusValue.map(({ id }) => id);
    await apply(
      ...[...ids, ...deliveryNames, ...partialNames, "never"].map((id) =>
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

  test.each(DELIVERIES)("an answer that comes by %s is read as any other", async (delivery) => {
    const { body } = await stage().read(metricPath(nameOf("delivery", delivery)));
    expect(body.items?.map(({ value }) => value)).toEqual([`${DELIVERIES.indexOf(delivery) + 1}500m`]);
  });

  test.each(Object.keys(PARTIAL))("a part of the data is no reading: %s", async (name) => {
    const { status, body } = await stage().read(metricPath(nameOf("partial", name)));
    expect([status, body.message]).toEqual([503, expect.stringContaining("ASM_ANSWER_PARTIAL")]);
  });

  test("26 a source that does not answer is a Status within two seconds, without a Retry-After", async () => {
    const began = performance.now();
    const { status, headers, body } = await stage().read(metricPath("never"));
    expect(performance.now() - began).toBeLessThan(2_000);
    expect([[503, 504].includes(status), body.kind, headers.get("retry-after")]).toEqual([true, "Status", null]);
  });
}
