import type { ExternalMetric } from "@asm-autoscaler/hpa-metrics";
import { expect, jest, test } from "@jest/globals";
import { tellMissingSources } from "./firstList.ts";
import { hpaMetricsOf } from "./hpas/hpa.testing.ts";
import type { HpaMetrics } from "./hpas/metricRegistry.ts";
import type { Log } from "./kubernetes/log.ts";

const KEDA = { "scaledobject.keda.sh/name": "podinfo" };

function told(all: readonly HpaMetrics[], flags = ["--aws-external-metrics"]) {
  const warn = jest.fn<(fields: object, message: string) => void>();
  const mayServe = (_: string, { matchLabels }: ExternalMetric) => matchLabels === KEDA;
  const log = { info: jest.fn(), warn, error: warn } as unknown as Log;
  tellMissingSources({ allHpaMetrics: () => all }, flags, { mayServe }, log);
  return warn.mock.calls.map(([, message]) => message);
}

const hpaMetrics = (id: string, ...metrics: ExternalMetric[]) => hpaMetricsOf(id, metrics);

test("a source that this adapter does not have names the HPAs that nobody serves, and none that a delegate serves", () => {
  const [message] = told([
    hpaMetrics("test/sqs", { name: "sqs-queue-length" }),
    hpaMetrics("test/keda", { name: "s0-prometheus", matchLabels: KEDA }),
    hpaMetrics("test/both", { name: "s0-cron", matchLabels: KEDA }, { name: "sqs-queue-length" }),
  ]);
  expect(message).toMatch(/--aws-external-metrics .*not served: test\/sqs, test\/both(\.| |$)/);
  expect(message).not.toContain("test/keda");
});

test("the names of a large cluster do not make an endless line", () => {
  const all = Array.from({ length: 1_000 }, (_, index) => hpaMetrics(`test/h${index}`, { name: "sqs" }));
  expect(told(all)[0]).toMatch(/test\/h49 and 950 more/);
});

test("nothing is logged without such a source", () => {
  expect(told([hpaMetrics("test/sqs", { name: "sqs-queue-length" })], [])).toEqual([]);
});
