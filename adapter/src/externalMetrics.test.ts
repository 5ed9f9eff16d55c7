import type { Problem } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { createMetricReader, type Listener } from "./externalMetrics.ts";
import { parseHpa } from "./hpas/hpa.ts";
import { createMetricRegistry } from "./hpas/metricRegistry.ts";
import { fakeReadings } from "./readings/fakeReadings.testing.ts";
import type { ReadOutcome, Trouble } from "./readings/staleness.ts";
import type { WindowState } from "./readings/windowChecks.ts";

const reading = { milli: 4000n, quantity: "4", evaluatedAt: 0 };
const down: Problem = { code: "ASM_PROMETHEUS_UNREACHABLE", severity: "error", message: "down", remedy: "Start it" };
const trouble: Trouble = { problem: down, cause: "no-answer", sinceMs: 0, since: 0 };

/** HPAs that each ask for metrics in the other form; outcomes are by query. */
function scene(outcomes: Record<string, ReadOutcome> = {}, windowState?: Parameters<typeof createMetricReader>[4]) {
  const told: string[] = [];
  const metricRegistry = createMetricRegistry({
    checkSpec: () => undefined,
    onAdd: () => undefined,
    onRemove: () => undefined,
  });
  const readings = fakeReadings((query) => outcomes[query] ?? { ok: true, reading });
  const listener: Listener = {
    troubled: (hpa, key, { code }, { refused }) => told.push(`${hpa} ${key} ${code}${refused ? "" : " held"}`),
    served: () => undefined,
    well: (hpa, _key, words) => told.push(`${hpa} well${words === undefined ? "" : `: ${words}`}`),
  };
  const read = createMetricReader(metricRegistry, readings, () => true, listener, windowState);
  const put = (id: string, query: string, labels: Record<string, string>, more: Record<string, string> = {}) => {
    const [namespace, name] = id.split("/");
    const settings = { query, ...more };
    const annotations = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`metric-config.external.rps.prometheus/${key}`, value]),
    );
    const matchLabels = { type: "prometheus", ...labels };
    const metrics = [{ type: "External", external: { metric: { name: "rps", selector: { matchLabels } } } }];
    const hpa = parseHpa({ metadata: { namespace, name, annotations }, spec: { metrics } });
    if (hpa) metricRegistry.put(hpa);
  };
  const readAs = (labels: Record<string, string>) =>
    read("shop", "rps", (served) => Object.entries(labels).every(([name, value]) => served[name] === value));
  return { put, readAs, told };
}
const KEY = "metric-config.external.rps.prometheus/query";

describe("a window with too few scrapes", () => {
  const short: Problem = { code: "ASM_WINDOW_SCRAPES", severity: "warning", message: "short", remedy: "Widen it" };

  test("is told to each HPA, also where the metric has no reading, and told again when it is over", async () => {
    let found: WindowState = short;
    const outcomes: Record<string, ReadOutcome> = {};
    const { put, readAs, told } = scene(outcomes, () => found);
    put("shop/a", "x", {});
    await readAs({ type: "prometheus" });
    outcomes["x"] = { ok: false, problem: down, trouble };
    await readAs({ type: "prometheus" });
    found = "enough";
    outcomes["x"] = { ok: true, reading };
    await readAs({ type: "prometheus" });
    expect(told).toEqual([
      "shop/a well",
      `shop/a window of ${KEY} ASM_WINDOW_SCRAPES held`,
      `shop/a ${KEY} ASM_PROMETHEUS_UNREACHABLE`,
      `shop/a window of ${KEY} ASM_WINDOW_SCRAPES held`,
      "shop/a well",
      "shop/a well: the window holds enough scrapes.",
    ]);
  });
});

test("of a window about which nothing is known, nothing is told", async () => {
  const { put, readAs, told } = scene({}, () => undefined);
  put("shop/a", "x", {});
  await readAs({ type: "prometheus" });
  expect(told).toEqual(["shop/a well"]);
});

describe("a read of a metric", () => {
  test("tells each HPA that asks for it what became of it", async () => {
    const outcomes: Record<string, ReadOutcome> = {};
    const { put, readAs, told } = scene(outcomes);
    put("shop/a", "x", {});
    put("shop/b", "x", {});
    await readAs({ type: "prometheus" });
    outcomes["x"] = { ok: true, reading, trouble };
    await readAs({ type: "prometheus" });
    outcomes["x"] = { ok: false, problem: down, trouble };
    expect(await readAs({ type: "prometheus" })).toEqual({
      ok: false,
      message: `HPA shop/a, shop/b, annotation ${KEY}: ASM_PROMETHEUS_UNREACHABLE: down. Start it. Query: x`,
    });
    const each = (words: string) => [`shop/a ${words}`, `shop/b ${words}`];
    const code = `${KEY} ASM_PROMETHEUS_UNREACHABLE`;
    expect(told).toEqual([...each("well"), ...each(`${code} held`), ...each(code)]);
  });

  test("that two HPAs claim with other queries or other policies is refused, and both are told", async () => {
    for (const [query, more] of [
      ["y", {}],
      ["x", { "on-no-data": "zero" }],
    ] as const) {
      const { put, readAs, told } = scene();
      put("shop/a", "x", {});
      put("shop/b", query, {}, more);
      expect(await readAs({ type: "prometheus" })).toMatchObject({
        ok: false,
        message: expect.stringContaining("ASM_KEY_CLAIMED_TWICE: HPA shop/b wants something else"),
      });
      expect(told).toEqual([`shop/a ${KEY} ASM_KEY_CLAIMED_TWICE`, `shop/b ${KEY} ASM_KEY_CLAIMED_TWICE`]);
    }
  });

  test("by a selector that also matches the metric of another HPA is served, and the HPA whose selector it is is told", async () => {
    const { put, readAs, told } = scene();
    put("shop/a", "x", {});
    put("shop/b", "y", { app: "b" });
    expect(await readAs({ type: "prometheus" })).toMatchObject({ ok: true, readings: [{}, {}] });
    expect(told.filter((line) => line.includes("ASM_SELECTOR_SUMS"))).toEqual([
      `shop/a selector of ${KEY} ASM_SELECTOR_SUMS`,
    ]);
    told.length = 0;
    await readAs({ app: "b" });
    // Who lists without a selector asks for no sum.
    await readAs({});
    expect(told.filter((line) => line.includes("SUMS"))).toEqual([]);
  });

  test("that many HPAs share has a message of bounded length", async () => {
    const { put, readAs } = scene({ x: { ok: false, problem: { ...down, message: "m".repeat(100) } } });
    for (let index = 0; index < 200; index++) put(`shop/h${index}`, "x", {});
    for (let index = 0; index < 200; index++) put(`shop/o${index}`, "x", { app: `${index}` });
    const result = await readAs({ type: "prometheus" });
    expect(result.ok ? "" : result.message).toContain("shop/h2 and 197 more");
    expect(result.ok ? "" : result.message).toMatch(/and 198 more$/);
    expect(result.ok ? 0 : result.message.length).toBeLessThan(2_000);
  });
});
