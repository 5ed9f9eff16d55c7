import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { check } from "./check.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "asm-check-"));
});
afterAll(() => rm(directory, { recursive: true }));

const KEY = "metric-config.external.prometheus-query.prometheus/";
const hpa = (query: string) => `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web, namespace: shop, annotations: { "${KEY}rps": "${query}" } }
spec:
  maxReplicas: 3
  metrics:
    - type: External
      external:
        metric: { name: prometheus-query, selector: { matchLabels: { query-name: rps } } }
        target: { type: AverageValue, averageValue: "10" }
`;

async function run(argv: string[], input = "") {
  let [out, error] = ["", ""];
  const code = await check(argv, {
    input: Readable.from([input]),
    out: (text) => (out += text),
    error: (text) => (error += text),
  });
  return { code, out, error };
}

test("an HPA that means the same is exit code 0", async () => {
  const { code, out } = await run(["-"], hpa("sum(up)"));
  expect(code).toBe(0);
  expect(out).toMatch(/^# 1 objects read, 0 behave differently here; HPAs are compared with kube-metrics-adapter\.\n/);
});

test("a difference is exit code 1, and the text is YAML of the HPAs to apply", async () => {
  const file = join(directory, "hpas.yaml");
  await writeFile(file, `${hpa("up")}---${hpa("sum(up)").replace("web", "api")}`);
  const { code, out } = await run([file]);
  expect(code).toBe(1);
  expect(out).toMatch(/differs \[ASM_SEVERAL_SERIES\]/);
  const documents = parseAllDocuments(out);
  const objects = (Array.isArray(documents) ? documents : []).map((document) => document.toJS()).filter(Boolean);
  expect(objects).toEqual([
    expect.objectContaining({
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "web", namespace: "shop", annotations: { [`${KEY}rps`]: "sum(up)" } },
    }),
  ]);
});

test("JSON holds the same findings and objects", async () => {
  const { out } = await run(["--output=json", "-"], hpa("up"));
  expect(JSON.parse(out)).toEqual([
    {
      subject: "HorizontalPodAutoscaler shop/web (standard input)",
      findings: [expect.objectContaining({ id: "ASM_SEVERAL_SERIES", differs: true })],
      manifest: expect.objectContaining({ apiVersion: "autoscaling/v2" }),
    },
  ]);
});

test("a list, and other kinds among the objects, are read", async () => {
  const { out } = await run(
    ["-"],
    JSON.stringify({ kind: "List", items: [{ kind: "Pod" }, { kind: "ConfigMap", data: {} }] }),
  );
  expect(out).toMatch(/^# 0 objects read/);
});

test("what an HPA says can neither end the comment that it stands in nor bring an object along", async () => {
  const evil = "http://p\\rkind: ClusterRoleBinding\\r\\u2028globalThis.ran = 1 //";
  const withServer = hpa("sum(up)").replace('"sum(up)"', `"sum(up)", "${KEY}prometheus-server": "${evil}"`);
  for (const flag of ["--output=text", "--output=typescript"]) {
    const { out } = await run([flag, "-"], withServer);
    const live = out
      .split(/\r\n|[\n\r\u0085\u2028\u2029]/)
      .filter((line) => /^\s*(kind: Cluster|globalThis)/.test(line));
    expect([flag, live]).toEqual([flag, []]);
  }
});

test("an HPA of KEDA whose ScaledObject may not be read is told, and not passed over", async () => {
  const own = hpa("sum(up)").replace(
    "namespace: shop,",
    "namespace: shop, labels: { scaledobject.keda.sh/name: web },",
  );
  const { code, out } = await run(["-"], own);
  expect(code).toBe(1);
  expect(out).toContain("its ScaledObject was not given or could not be read");
});

test("KEDA's own HPA is not checked beside its ScaledObject", async () => {
  const own = hpa("up").replace("namespace: shop", "namespace: shop, labels: { scaledobject.keda.sh/name: web }");
  const scaled =
    "kind: ScaledObject\nmetadata: { name: web, namespace: shop }\nspec: { scaleTargetRef: { name: web } }\n";
  expect((await run(["-"], `${own}---\n${scaled}`)).out).toMatch(/^# 1 objects read/);
});

test.each([
  ["a file that is not there", ["/nowhere/x.yaml"], ""],
  ["no YAML", ["-"], "a: [1"],
  ["no object of Kubernetes", ["-"], "a: 1"],
  ["an unknown flag", ["--frobnicate"], ""],
  ["an unknown reference", ["--reference=keda", "-"], ""],
  ["a kubeconfig that is not there", ["--kubeconfig=/nowhere/config"], ""],
])("%s is exit code 2 with one line", async (_, argv, input) => {
  const { code, out, error } = await run(argv, input);
  expect([code, out]).toEqual([2, ""]);
  expect(error).toMatch(/^ASM_CHECK_INPUT: .*\n$/);
});

test("--help tells the flags", async () => {
  expect(await run(["--help"])).toMatchObject({ code: 0, out: expect.stringContaining("--reference ") });
});
