import { problem } from "@asm-autoscaler/hpa-metrics";
import { afterEach, describe, expect, test } from "@jest/globals";
import { HTTP, message, SERIES, startHttp } from "./http.testing.ts";
import { customRead, type Scene, samples, seriesOf } from "./scene.testing.ts";

let scene: Scene;
const begin = async (...given: Parameters<typeof startHttp>) => {
  scene = await startHttp(...given);
};
afterEach(() => scene.stop());

const read = (more: Parameters<typeof customRead>[0] = { objects: "app=web" }) =>
  scene.rules.custom.read(customRead(more));

describe("an external rule", () => {
  const external = (metric = "queue_length") => scene.rules.external.read({ namespace: "shop", metric, selector: [] });

  test("gives one value for each series, with its labels", async () => {
    await begin();
    scene.answer = () => samples({ "queue=a": 1, "queue=b": 2.5 });
    expect(await external()).toMatchObject({
      readings: [
        { metricName: "queue_length", labels: { queue: "a" }, value: "1" },
        { labels: { queue: "b" }, value: "2500m" },
      ],
    });
    expect(scene.queries).toEqual(['queue_length{namespace="shop"}']);
    expect(external("other")).toBeUndefined();
    expect(external("Queue_Length")).toBeDefined();
    expect(scene.rules.external.metricNames()).toEqual(["queue_length"]);
  });

  test("with more than 5,000 series is an error, because a part of them is another sum", async () => {
    await begin();
    scene.answer = () =>
      samples(Object.fromEntries(Array.from({ length: 5_001 }, (_, index) => [`queue=q${index}`, 1])));
    expect(await external()).toMatchObject({ ok: false, message: expect.stringContaining("ASM_RULE_MANY_SERIES") });
  });

  test("whose name differs from another one only in its case is not found in lower case", async () => {
    const names = { Queue_Length: ["namespace"], QUEUE_LENGTH: ["namespace"], Queue_Age: ["namespace"] };
    await begin(HTTP, (match) => (match === "queue_length" ? seriesOf(names) : SERIES(match)));
    scene.answer = () => samples({ "queue=a": 1 });
    expect(external("queue_length")).toBeUndefined();
    expect(await external("Queue_Length")).toMatchObject({ ok: true });
    expect(await external("queue_age")).toMatchObject({ ok: true });
  });

  test.each([
    ["NaN", { "queue=a": 1, "queue=b": Number.NaN }, "ASM_NAN"],
    ["an infinity", { "queue=a": 1, "queue=b": Number.POSITIVE_INFINITY }, "ASM_OVERFLOW"],
    ["a negative number", { "queue=a": 1, "queue=b": -1 }, "ASM_NEGATIVE"],
  ])("with %s in one series is an error, because the values are added up", async (_name, values, code) => {
    await begin();
    scene.answer = () => samples(values);
    expect(await external()).toMatchObject({ ok: false, message: expect.stringContaining(code) });
  });
});

describe("rules", () => {
  test("list each metric of each kind, and the same array until that changes", async () => {
    await begin();
    const names = scene.rules.custom.metricNames();
    expect(names.map(({ name }) => name).sort()).toEqual([
      "ingresses.networking.k8s.io/http_requests",
      "namespaces/http_requests",
      "pods/http_requests",
    ]);
    expect(names.find(({ name }) => name.startsWith("namespaces"))?.isNamespaced).toBe(false);
    expect(scene.rules.custom.metricNames()).toBe(names);
  });

  test("of which one fails leave the others alone, and say why", async () => {
    const failed = problem("ASM_PROMETHEUS_UNREACHABLE", "gone");
    await begin(HTTP, (match) => (match === "queue_length" ? seriesOf({}, failed) : SERIES(match)));
    scene.answer = () => samples({ "pod=web-1": 1 });
    expect(await read()).toMatchObject({ ok: true });
    // Whether a rule gives the metric is not known.
    expect(await message(read({ metric: "other" }))).toMatch(/^503 .*ASM_RULE_SERIES: the series queue_length/);
    expect(scene.rules.state().series).toMatchObject([
      { names: 1, ageMs: 0 },
      { names: 0, problem: { code: failed.code } },
    ]);
    expect(scene.lines.join("\n")).toContain("ASM_RULE_SERIES");
  });

  test("serve no reading of a series for another one that gives the same metric", async () => {
    const pods = ["namespace", "pod"];
    await begin(HTTP.replace("^(.*)_total$", "^(.*?)(?:_total)?$"), () => seriesOf({ http_requests: pods }));
    scene.answer = () => samples({ "pod=web-1": 1 });
    expect(await read()).toMatchObject({ values: [{ value: "1" }] });
    scene.series = () => seriesOf({ http_requests: pods, http_requests_total: pods });
    scene.answer = () => ({ ok: false, problem: problem("ASM_PROMETHEUS_UNREACHABLE", "gone") });
    scene.pass(60_000);
    const before = scene.rules.custom.metricNames();
    // The read of a metric that no series gives lets the series be listed again.
    await read({ metric: "none" });
    while (scene.rules.custom.metricNames() === before) await scene.turn();
    expect(await message(read())).toContain("ASM_PROMETHEUS_UNREACHABLE");
    expect(scene.queries.at(-1)).toContain("http_requests_total");
  });

  test("that are broken are told, and take nothing else down", async () => {
    await begin(
      `${HTTP}- seriesQuery: b\n  resources: {overrides: {x: {resource: nokind}}}\n  metricsQuery: '<<.Series>>'\n`,
    );
    expect(scene.rules.state().broken).toMatchObject([
      { place: "externalRules[1]", problem: { code: "ASM_RULE_INVALID" } },
    ]);
    expect(scene.rules.state().metrics).toEqual({ custom: 3, external: 1 });
  });

  test("that are broken do not let another rule give their metric", async () => {
    const last = (kind: string) => `- seriesQuery: other
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}, x: {resource: ${kind}}}}
  name: {as: NAME}
  metricsQuery: 'max(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
`;
    const custom = last("nokind").replace("NAME", "http_requests");
    const config = `${HTTP.replace("externalRules:", `${custom}externalRules:`)}${last("nokind").replace("NAME", "queue_length")}`;
    const other = seriesOf({ other: ["namespace", "pod"] });
    await begin(config, (match) => (match === "other" ? other : SERIES(match)));
    expect(await message(read())).toMatch(/^503 .*rules\[1\]: ASM_RULE_INVALID: rules\[1\] names nokind/);
    const external = scene.rules.external.read({ namespace: "shop", metric: "queue_length", selector: [] });
    expect(await external).toMatchObject({
      ok: false,
      message: expect.stringContaining("externalRules[1] names nokind"),
    });
    expect(scene.queries).toEqual([]);
  });

  test("that give one metric are told, and the last one is served", async () => {
    const twice = HTTP.replace(
      "externalRules:",
      `- seriesQuery: other
  seriesFilters: []
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  name: {as: http_requests}
  metricsQuery: 'max(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
externalRules:`,
    );
    await begin(twice, (match) => (match === "other" ? seriesOf({ other: ["namespace", "pod"] }) : SERIES(match)));
    scene.answer = () => samples({ "pod=web-1": 1 });
    await read();
    expect(scene.queries).toEqual(['max(other{namespace="shop",pod=~"web-1|web-2"}) by (pod)']);
    expect(scene.lines.filter((line) => line.includes("ASM_RULE_SAME_NAME"))).toHaveLength(1);
  });
});
