import { expect, test } from "@jest/globals";
import { requestsPerSecondQuery } from "../istio/signals";
import { annotationKey } from "./key";
import { readMetricSpecs } from "./read";
import { writeAnnotations } from "./write";

const key = (name: string) => annotationKey("prometheus-query", name);
const target = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
const queries = {
  [key("rps")]: requestsPerSecondQuery({ workload: "web", namespace: "shop" }),
  [key("load")]: "sum(load)",
};
const metrics = ["rps", "load"].map((name) => ({ name: "prometheus-query", matchLabels: { "query-name": name } }));

function read(annotations: Record<string, string>) {
  const { specs, problems } = readMetricSpecs({ ...queries, ...annotations }, metrics, { target });
  return { modes: specs.map(({ direct }) => direct?.mode), problems, specs };
}

test("without an annotation no metric is read from proxies", () => {
  expect(read({})).toMatchObject({ modes: [undefined, undefined], problems: [] });
});

test("a query that proxies answer has a plan and the target of its HPA", () => {
  const { specs, modes, problems } = read({ [key("reaction.rps")]: "direct" });
  expect({ modes, problems }).toEqual({ modes: ["always", undefined], problems: [] });
  expect(specs[0]?.direct).toMatchObject({ target, plan: { metrics: ["istio_requests_total"] } });
});

test("a query that proxies do not answer is served by Prometheus, with a warning that says why", () => {
  const { modes, problems } = read({ [key("reaction")]: "direct" });
  expect(modes).toEqual(["always", undefined]);
  expect(problems).toEqual([
    expect.objectContaining({
      code: "ASM_DIRECT_QUERY",
      severity: "warning",
      key: key("load"),
      message: expect.stringContaining("load is not one of Istio's standard metrics"),
    }),
  ]);
});

test("a query can be excepted from the reaction of the metric name", () => {
  const { modes, problems } = read({ [key("reaction")]: "direct", [key("reaction.load")]: "prometheus" });
  expect({ modes, problems }).toEqual({ modes: ["always", undefined], problems: [] });
});

test("on-error direct is a fallback, and the reaction takes precedence over it", () => {
  const fallback = { [key("on-error.rps")]: "direct" };
  expect(read(fallback)).toMatchObject({ modes: ["fallback", undefined], problems: [] });
  expect(read(fallback).specs[0]).not.toHaveProperty("onError");
  expect(read({ ...fallback, [key("reaction.rps")]: "direct" }).modes).toEqual(["always", undefined]);
});

test("on-no-data cannot be direct, and an unknown reaction is an error with a suggestion", () => {
  expect(read({ [key("on-no-data.rps")]: "direct" }).problems).toEqual([
    expect.objectContaining({ code: "ASM_POLICY_INVALID", message: expect.stringContaining("only for on-error") }),
  ]);
  const { modes, problems } = read({ [key("reaction.rps")]: "dirct" });
  expect(modes).toHaveLength(1);
  expect(problems).toEqual([
    expect.objectContaining({
      code: "ASM_REACTION_INVALID",
      key: key("reaction.rps"),
      message: expect.stringContaining('did you mean "direct"?'),
    }),
  ]);
});

test("an HPA without a target is read for problems, and no metric of it is read from proxies", () => {
  const { specs, problems } = readMetricSpecs({ ...queries, [key("reaction")]: "direct" }, metrics);
  expect(specs.map(({ direct }) => direct)).toEqual([undefined, undefined]);
  expect(problems.map(({ code }) => code)).toEqual(["ASM_DIRECT_QUERY"]);
});

test("what is written is read, and a name that is too long for the key is refused", () => {
  const query = queries[key("rps")] ?? "";
  const { annotations } = writeAnnotations([{ queryName: "rps", query, reaction: "direct", onError: "direct" }]);
  expect(annotations).toEqual({
    [key("rps")]: query,
    [key("on-error.rps")]: "direct",
    [key("reaction.rps")]: "direct",
  });
  expect(() => writeAnnotations([{ queryName: "x".repeat(55), query, reaction: "direct" }])).toThrow("up to 54");
  expect(() => writeAnnotations([{ queryName: "rps", query, onNoData: "direct" }])).toThrow("only for on-error");
});
