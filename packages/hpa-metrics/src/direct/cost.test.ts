import { expect, test } from "@jest/globals";
import { parseQuery } from "../promql/query";
import { directPlanOf } from "./plan";

const own = 'destination_workload="podinfo",destination_workload_namespace="test",reporter="destination"';
const labels = ["source_workload", "source_app", "source_version", "source_principal", "destination_principal"];
const rate = `rate(istio_requests_total{${own}}[1m])`;
const expensive: Readonly<Record<string, string>> = {
  "groups by many labels": Array.from({ length: 9 }, () => `sum(sum by (${labels.join()}) (${rate}))`).join("+"),
  "compares many groups": Array.from({ length: 6 }, () => `sum by (${labels.join()}) (${rate})`).join("/"),
  "has many operations with numbers": `sum(${rate}${"*1".repeat(90)})`,
  "has many matchers": `sum(rate(istio_requests_total{${own},${Array.from({ length: 350 }, (_, index) => `source_app!="a${index}"`).join()}}[1m]))`,
};

test.each(Object.entries(expensive))("a query that %s costs too much for 10,000 series", (_, query) => {
  const parsed = parseQuery(query.startsWith("sum by") ? `sum(${query})` : query);
  const result = parsed.ok ? directPlanOf(parsed.query) : undefined;
  if (!result?.ok) throw new Error(result?.reason);
  // 10,000 series take more than 50 ms.
  expect(result.plan.microsecondsPerSeries).toBeGreaterThan(5);
});
