import { problem } from "@asm-autoscaler/hpa-metrics";
import { afterEach, describe, expect, test } from "@jest/globals";
import { message, startHttp } from "./http.testing.ts";
import { customRead, type Scene, samples } from "./scene.testing.ts";

let scene: Scene;
const begin = async (...given: Parameters<typeof startHttp>) => {
  scene = await startHttp(...given);
};
afterEach(() => scene.stop());

const read = (more: Parameters<typeof customRead>[0] = { objects: "app=web" }) =>
  scene.rules.custom.read(customRead(more));

describe("a Pods metric", () => {
  test("is one query for the pods that the selector matches, and has the value of each", async () => {
    await begin();
    scene.answer = () => samples({ "pod=web-1": 2.5, "pod=web-2": 3 });
    expect(await read()).toEqual({
      ok: true,
      values: [
        {
          kind: "Pod",
          apiVersion: "v1",
          namespace: "shop",
          name: "web-1",
          value: "2500m",
          evaluatedAt: expect.any(Number),
        },
        {
          kind: "Pod",
          apiVersion: "v1",
          namespace: "shop",
          name: "web-2",
          value: "3",
          evaluatedAt: expect.any(Number),
        },
      ],
    });
    expect(scene.queries).toEqual(['sum(rate(http_requests_total{namespace="shop",pod=~"web-1|web-2"}[2m])) by (pod)']);
  });

  test("is evaluated once for reads of one step, and anew in the next one", async () => {
    await begin();
    scene.answer = () => samples({ "pod=web-1": 1 });
    await Promise.all([read(), read(), read()]);
    await read();
    expect(scene.queries).toHaveLength(1);
    scene.pass(3_000);
    await read();
    expect(scene.queries).toHaveLength(2);
    expect(scene.lists).toEqual(["/api/v1/namespaces/shop/pods"]);
  });

  test("follows the pods without another list", async () => {
    await begin();
    scene.answer = () => samples({ "pod=web-1": 1, "pod=web-3": 1 });
    await read();
    scene.event("ADDED", "shop/web-3", { app: "web" });
    scene.event("DELETED", "shop/web-1");
    scene.pass(3_000);
    expect(await read()).toMatchObject({ values: [{ name: "web-3" }] });
    expect(scene.queries.at(-1)).toContain('pod=~"web-2|web-3"');
    expect(scene.lists).toHaveLength(1);
  });

  test.each([
    ["NaN", { "pod=web-1": 1, "pod=web-2": Number.NaN }],
    ["an infinity", { "pod=web-1": 1, "pod=web-2": Number.POSITIVE_INFINITY }],
    ["a negative number", { "pod=web-1": 1, "pod=web-2": -1 }],
    ["two series", { "pod=web-1": 1, "pod=web-2,code=200": 1, "pod=web-2,code=500": 2 }],
    ["no series", { "pod=web-1": 1 }],
  ])("leaves a pod with %s out, which holds a scale-down", async (_name, values) => {
    await begin();
    scene.answer = () => samples(values);
    expect(await read()).toMatchObject({ ok: true, values: [{ name: "web-1", value: "1" }] });
  });

  test.each([
    ["no pod has a value", () => samples({ "pod=web-1": Number.NaN }), "ASM_NAN"],
    ["Prometheus finds nothing", () => samples({}), "ASM_NO_SERIES"],
    [
      "the query gives more than 5,000 series",
      () => samples(Object.fromEntries(Array.from({ length: 5_001 }, (_, index) => [`pod=p${index}`, 1]))),
      "ASM_RULE_MANY_SERIES",
    ],
    ["only pods of others have values", () => samples({ "pod=db-1": 1 }), "ASM_NO_SERIES"],
    [
      "the answer is partial",
      () => ({ ok: false, problem: problem("ASM_ANSWER_PARTIAL", "a part") }) as const,
      "ASM_ANSWER_PARTIAL",
    ],
  ])("is an error if %s", async (_name, answer, code) => {
    await begin();
    scene.answer = answer;
    expect(await message(read())).toMatch(
      new RegExp(`^503 metric http_requests of pods in shop \\(app=web\\), rules\\[0\\]: ${code}`),
    );
  });

  test("is served stale while Prometheus fails, up to the time to live", async () => {
    await begin();
    scene.answer = () => samples({ "pod=web-1": 1 });
    await read();
    scene.answer = () => ({ ok: false, problem: problem("ASM_PROMETHEUS_UNREACHABLE", "gone") });
    scene.pass(20_000);
    expect(await read()).toMatchObject({ ok: true });
    scene.pass(15_000);
    expect(await message(read())).toContain("ASM_PROMETHEUS_UNREACHABLE");
  });

  test("of no pods is not found, and of pods that cannot be listed is an error", async () => {
    await begin();
    expect(await message(read({ objects: "app=none" }))).toMatch(/^404 .*ASM_CUSTOM_NO_OBJECTS/);
    scene.refuse = 403;
    expect(await message(read({ namespace: "other" }))).toMatch(/^503 .*ASM_CUSTOM_OBJECTS: .*refused/);
    expect(scene.queries).toEqual([]);
  });
});

describe("the names of pods", () => {
  const one = () => samples({ "pod=web-1": 1 });

  test("are used for a minute after their watch failed, and then the metric has no value", async () => {
    await begin();
    scene.answer = one;
    await read();
    scene.refuse = 500;
    await scene.breakWatch("shop");
    scene.pass(60_000);
    expect(await read()).toMatchObject({ ok: true });
    scene.pass(3_000);
    expect(await message(read())).toMatch(
      /^503 .*ASM_CUSTOM_OBJECTS: .*cannot be listed or watched: the connection is lost/,
    );
  });

  test("of 1,000 pods are one query with all of them", async () => {
    await begin();
    const names = Array.from({ length: 1_000 }, (_, index) => `checkout-7d9c5b6f4d-${String(index).padStart(20, "0")}`);
    for (const name of names) scene.pods.set(`large/${name}`, { app: "web" });
    scene.answer = () => samples(Object.fromEntries(names.map((name) => [`pod=${name}`, 1])));
    const result = await read({ namespace: "large", objects: "app=web" });
    expect(result).toMatchObject({ ok: true, values: { length: 1_000 } });
    expect(scene.queries).toHaveLength(1);
    expect(scene.queries[0]?.includes(names.join("|"))).toBe(true);
  });

  test("that are more than 5,000 are an error of their own, and no part of them is answered", async () => {
    await begin();
    for (let index = 0; index <= 5_000; index++) scene.pods.set(`large/web-${index}`, { app: "web" });
    scene.answer = one;
    const large = { namespace: "large", objects: "app=web" };
    // The first list can take longer than a read waits for it.
    while ((await message(read(large))).includes("ASM_STARTING")) await scene.turn();
    expect(await message(read(large))).toMatch(/^503 .*ASM_CUSTOM_MANY_OBJECTS: the selector matches 5001 pods/);
    expect(scene.queries).toEqual([]);
  });
});

describe("an Object metric", () => {
  test("is a query for the one object", async () => {
    await begin();
    scene.answer = () => samples({ "ingress=main": 7 });
    const ingress = { group: "networking.k8s.io", resource: "ingresses", name: "main", series: "code=500" };
    expect(await read(ingress)).toMatchObject({
      ok: true,
      values: [{ kind: "Ingress", apiVersion: "networking.k8s.io/v1", namespace: "shop", name: "main", value: "7" }],
    });
    expect(scene.queries).toEqual([
      'sum(rate(http_requests_total{code="500",namespace="shop",ingress="main"}[2m])) by (ingress)',
    ]);
    expect(scene.lists).toEqual([]);
  });

  test("of a namespace has no namespace", async () => {
    await begin();
    scene.answer = () => samples({ "namespace=shop": 7 });
    expect(await read({ namespace: "", resource: "namespaces", name: "shop" })).toMatchObject({
      values: [{ kind: "Namespace", apiVersion: "v1", namespace: "", name: "shop" }],
    });
  });

  test.each([
    ["a metric without a rule", { metric: "other" }],
    ["a kind that no label names", { resource: "services", name: "a" }],
    ["a kind that the cluster does not have", { resource: "routes", group: "x.io", name: "a" }],
    ["a singular name, which is another permission", { resource: "pod" }],
    ["a kind of another scope", { namespace: "" }],
  ])("of %s is not found", async (_name, more) => {
    await begin();
    expect(await message(read(more))).toMatch(/^404 .*ASM_CUSTOM_METRIC/);
  });
});
