import { type ExternalMetric, problem } from "@asm-autoscaler/hpa-metrics";
import { expect, jest, test } from "@jest/globals";
import { hpaMetricsOf } from "./hpas/hpa.testing.ts";
import { createNeighbourEvents } from "./neighbourEvents.ts";

const hpaMetrics = (id: string, ...metrics: (string | ExternalMetric)[]) =>
  hpaMetricsOf(
    id,
    metrics.map((metric) => (typeof metric === "string" ? { name: metric } : metric)),
  );

function setup() {
  let now = 0;
  const troubled = jest.fn<(hpa: string, key: string) => void>();
  const well = jest.fn<(hpa: string, key: string) => void>();
  const allHpaMetrics = jest.fn(() => [
    hpaMetrics("shop/web", "Queue"),
    hpaMetrics("shop/jobs", "queue", "other"),
    hpaMetrics("test/web", "queue"),
    hpaMetrics("shop/keda-hpa-a", { name: "queue", matchLabels: { name: "a", team: "x" } }),
  ]);
  const events = createNeighbourEvents({ allHpaMetrics }, { troubled, well }, () => now);
  return { events, troubled, well, allHpaMetrics, pass: (ms: number) => (now += ms) };
}

const read = (metric: string) => ({ namespace: "shop", metric, selector: [] });

test("the HPAs of the namespace that read a metric without a server are told, and told when it is served", () => {
  const { events, troubled, well } = setup();
  events.unclaimed(read("queue"));
  expect(troubled.mock.calls.map(([hpa, key]) => [hpa, key])).toEqual([
    ["shop/web", "metric queue"],
    ["shop/jobs", "metric queue"],
  ]);
  events.served(read("queue"));
  expect(well.mock.calls.map(([hpa]) => hpa)).toEqual(["shop/web", "shop/jobs"]);
  events.served(read("queue"));
  expect(well).toHaveBeenCalledTimes(2);
});

test("the HPAs with the same metric and another selector are not told, and do not end what those with it are told", () => {
  const { events, troubled, well } = setup();
  const ofA = {
    ...{ namespace: "shop", metric: "queue" },
    selector: ["name=a", "team=x"].map((term) => {
      const [key = "", value = ""] = term.split("=");
      return { key, operator: "=" as const, values: [value] };
    }),
  };
  events.unclaimed(read("queue"));
  expect(troubled.mock.calls.map(([hpa]) => hpa)).not.toContain("shop/keda-hpa-a");
  events.served(ofA);
  expect(well).not.toHaveBeenCalled();
  events.unclaimed(ofA);
  expect(troubled.mock.calls.at(-1)?.[0]).toBe("shop/keda-hpa-a");
});

test("a flood of reads of unknown metrics searches the HPAs once per metric in ten minutes", () => {
  const { events, allHpaMetrics, pass } = setup();
  for (let count = 0; count < 100; count++) events.unclaimed(read("queue"));
  expect(allHpaMetrics).toHaveBeenCalledTimes(1);
  pass(600_001);
  events.unclaimed(read("queue"));
  expect(allHpaMetrics).toHaveBeenCalledTimes(2);
});

test("a metric that two adapters claim is logged once, and again after ten minutes", () => {
  const { events, pass } = setup();
  const clash = problem("ASM_DELEGATE_CLASH", "two claim it");
  expect([events.clash(read("queue"), clash), events.clash(read("queue"), clash)]).toEqual([true, false]);
  pass(600_001);
  expect(events.clash(read("queue"), clash)).toBe(true);
});
