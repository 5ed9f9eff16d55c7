import { describe, expect, test } from "@jest/globals";
import { parseSelector } from "../kubernetes/labelSelectorParser.ts";
import { claimants, isOurForm, type MetricRead, matchesPattern } from "./routing.ts";

function read(metric: string, selector = ""): MetricRead {
  const parsed = parseSelector(selector);
  if (!parsed.ok) throw new Error(parsed.message);
  return { namespace: "test", metric, selector: parsed.selector };
}

const keda = { name: "keda", selectorKey: "scaledobject.keda.sh/name", metrics: [] };
const datadog = { name: "datadog", metrics: [] };
const alibaba = { name: "alibaba", metrics: ["sls_*", "slb_*"] };
const listed: Record<string, string[]> = {
  datadog: ["datadogmetric@default:queue", "sls_ingress_qps"],
  keda: ["s0-cron"],
};
const claim = (one: MetricRead) =>
  claimants(one, [datadog, keda, alibaba], ({ name }, metric) => listed[name]?.includes(metric) ?? false).map(
    ({ name }) => name,
  );

describe("a read is for", () => {
  test.each([
    ["prometheus-query", "query-name=podinfo"],
    ["processed-requests", "type=prometheus,app=podinfo"],
    ["processed-requests", "type in (prometheus-query)"],
    ["prometheus", ""],
    // As an HPA with this selector is read: an empty label is no type.
    ["prometheus-query", "type=,query-name=podinfo"],
  ])("this adapter by its form: %s %s", (metric, selector) => {
    expect(isOurForm(read(metric, selector))).toBe(true);
  });

  test.each([
    ["s0-prometheus", "scaledobject.keda.sh/name=podinfo"],
    ["prometheus-query", "type=skipper"],
    ["processed-requests", "type in (prometheus,zmon)"],
    ["processed-requests", "type!=prometheus"],
  ])("nobody yet by its form: %s %s", (metric, selector) => {
    expect(isOurForm(read(metric, selector))).toBe(false);
  });

  test("KEDA by the label of its HPAs alone, whatever its metric is called and whoever lists the name", () => {
    expect(claim(read("s0-prometheus", "scaledobject.keda.sh/name=podinfo"))).toEqual(["keda"]);
    expect(claim(read("sls_ingress_qps", "scaledobject.keda.sh/name=podinfo"))).toEqual(["keda"]);
    // Only one value names a ScaledObject. KEDA's own list is not a list of metrics.
    expect(claim(read("s0-cron", "scaledobject.keda.sh/name in (a,b)"))).toEqual([]);
    expect(claim(read("s0-cron", "scaledobject.keda.sh/name"))).toEqual([]);
  });

  test("the delegates that list its name or match its pattern, in the order of the flags", () => {
    expect(claim(read("datadogmetric@default:queue"))).toEqual(["datadog"]);
    expect(claim(read("slb_l7_qps", "slb.instance.id=x"))).toEqual(["alibaba"]);
    expect(claim(read("sls_ingress_qps"))).toEqual(["datadog", "alibaba"]);
    expect(claim(read("unknown"))).toEqual([]);
  });
});

test("a pattern with many stars takes no more than a moment", () => {
  expect(matchesPattern("a".repeat(253), `${"a*".repeat(100)}b`)).toBe(false);
  expect(["slb_l7_qps", "slb", "slb_", "xslb_"].map((name) => matchesPattern(name, "slb_*"))).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect(matchesPattern("aba", "ab*ba")).toBe(false);
  expect(matchesPattern("exact", "exact")).toBe(true);
});
