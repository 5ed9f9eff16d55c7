import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
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
  expect(out).toMatch(/^# 1 object read, 0 behave differently here; HPAs are compared with kube-metrics-adapter\.\n/);
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

test("every object of a kind that is not read is named, and is exit code 1", async () => {
  const items = [
    { kind: "Pod", metadata: { name: "a" } },
    { kind: "ConfigMap", metadata: { name: "b" }, data: {} },
  ];
  const { code, out } = await run(["-"], JSON.stringify({ kind: "List", items }));
  expect(code).toBe(1);
  expect(out).toMatch(/^# 2 objects read, 2 behave differently here\./);
  expect(out).toContain("# Pod default/a (standard input)");
  expect(out).toContain("# ConfigMap default/b (standard input)");
});

test.each<[string, string]>([
  ["is not YAML", "a: [1"],
  ["is not an object of Kubernetes", "a: 1"],
  ["is a Helm template", "kind: HorizontalPodAutoscaler\nspec:\n  {{- toYaml .Values.spec | nindent 2 }}\n"],
  ["has too many aliases", `a: &a [1]\n${"b: [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n".repeat(1)}c: &c [*b]`],
])("a document that %s does not hide the report on the others, and is exit code 2", async (_, bad) => {
  const { code, out, error } = await run(
    ["-"],
    `${hpa("sum(up)")}---\n${bad}\n---\n${hpa("up").replace("web", "api")}`,
  );
  expect(code).toBe(2);
  expect(out).toContain("shop/api (standard input)");
  expect(out).toContain("Input that cannot be read");
  expect(error).toMatch(/^ASM_CHECK_INPUT: .*\n$/);
});

test("a file that cannot be read does not hide the report on the others", async () => {
  const { code, out, error } = await run(["/nowhere/x.yaml", "-"], hpa("up"));
  expect([code, error]).toEqual([2, expect.stringMatching(/^ASM_CHECK_INPUT: \/nowhere/)]);
  expect(out).toContain("shop/web");
});

test.each(["", "\n", "# a comment\n---\n---\n"])("the text %j has no object, which is not the same", async (text) => {
  expect(await run(["-"], text)).toMatchObject({ code: 2, out: "" });
});

test.each(["kind: List\nitems: []\n", "kind: List\nitems:\n"])("the empty list %j is understood", async (text) => {
  expect((await run(["-"], text)).code).toBe(0);
});

test("an object whose name is a placeholder is called by it", async () => {
  const { out } = await run(
    ["-"],
    "kind: ScaledObject\nmetadata:\n  name: {{ .Values.name }}\n  namespace: {{ .ns }}\n",
  );
  expect(out).toContain("# ScaledObject {{ .ns }}/{{ .Values.name }} (standard input)");
});

test("values of prometheus-adapter's chart without rules are those of its default rules", async () => {
  const { code, out } = await run(["-"], "prometheus-adapter: { metricsRelistInterval: 30s }\n");
  expect([code, out]).toEqual([
    0,
    expect.stringContaining("6 rules for Pods and Object metrics, 0 rules for external metrics"),
  ]);
});

test("a Helm template is named as one", async () => {
  expect((await run(["-"], "kind: A\nspec:\n  {{- if .Values.a }}\n")).error).toContain("helm template");
  const quoted = hpa("sum(up)").replace("name: web", 'name: "{{ .Release.Name }}"');
  const { code, out } = await run(["-"], quoted);
  expect([code, out]).toEqual([1, expect.stringContaining("`helm template`")]);
});

test("a program that leaves something out is exit code 1", async () => {
  const whole = hpa("sum(up)").replace(
    "spec:",
    "spec:\n  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }",
  );
  expect((await run(["--output=typescript", "-"], whole)).code).toBe(0);
  const nowhere = await run(["--output=typescript", "-"], hpa("sum(up)"));
  expect([nowhere.code, nowhere.out]).toEqual([1, expect.stringContaining("// Left out, because spec.scaleTargetRef")]);
  const slow = whole.replace(`"${KEY}rps"`, `"${KEY}interval": 30s, "${KEY}rps"`);
  expect((await run(["-"], slow)).code).toBe(0);
  const { code, out } = await run(["--output=typescript", "-"], slow);
  expect([code, out]).toEqual([1, expect.stringContaining(`// Left out: ${KEY}rps: its interval of 30 s`)]);
});

test("each kind of object is compared with the adapter that it was written for", async () => {
  const scaled = "kind: ScaledObject\nmetadata: { name: web }\nspec: { scaleTargetRef: { name: web } }\n";
  const rules = "externalRules: []\n";
  expect((await run(["-"], scaled)).out).toMatch(
    /read, \d behaves? differently here; ScaledObjects are compared with KEDA\.\n/,
  );
  expect((await run(["-"], scaled)).out).not.toContain("kube-metrics-adapter");
  expect((await run(["-"], `${hpa("sum(up)")}---\n${rules}`)).out).toContain(
    "HPAs are compared with kube-metrics-adapter, Rules are compared with prometheus-adapter",
  );
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

describe("with KEDA as a delegate", () => {
  const label = "scaledobject.keda.sh/name: web";
  const cpu = "{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 60 } } }";
  const s0 = `{ type: External, external: { metric: { name: s0-prometheus, selector: { matchLabels: { ${label} } } }, target: { type: AverageValue, averageValue: "5" } } }`;
  const kedaHpa = (metadata: string, ...metrics: string[]) =>
    `apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { namespace: shop, ${metadata} }\n` +
    `spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }, metrics: [${metrics.join(", ")}] }\n`;
  const owner = "ownerReferences: [{ apiVersion: keda.sh/v1alpha1, kind: ScaledObject, name: web }]";
  const scaled =
    "kind: ScaledObject\nmetadata: { name: web, namespace: shop }\nspec: { scaleTargetRef: { name: web }, triggers: [] }\n";

  test.each([
    ["its owner", kedaHpa(`name: web, ${owner}`, cpu)],
    ["its label", kedaHpa(`name: any, labels: { ${label} }`, cpu)],
    [
      "its manager",
      kedaHpa(
        "name: any, labels: { app.kubernetes.io/managed-by: keda-operator, app.kubernetes.io/part-of: web }",
        cpu,
      ),
    ],
    ["its metrics", kedaHpa("name: any", s0, cpu)],
    ["its name", kedaHpa("name: keda-hpa-web", cpu)],
  ])("an HPA that is KEDA's by %s is named as KEDA's, and is no difference", async (_, input) => {
    const { code, out } = await run(["--delegate=keda", "-"], input);
    expect(code).toBe(0);
    expect(out).toContain("KEDA made this HPA for its ScaledObject shop/web");
    expect(out).toContain('served through the delegate "keda"');
    const alone = await run(["-"], input);
    expect([alone.code, alone.out]).toEqual([1, expect.stringContaining("ScaledObject shop/web, which was not given")]);
  });

  test("a ScaledObject is kept and not translated", async () => {
    const { code, out } = await run(["--delegate=keda", "-"], `${scaled}---\n${kedaHpa(`name: x, ${owner}`, s0)}`);
    expect([code, out]).toEqual([0, expect.stringMatching(/^# 2 objects read, 0 behave differently here\.\n/)]);
    expect(parseAllDocuments(out).flatMap((document) => document.toJS() ?? [])).toEqual([]);
    expect((await run(["-"], scaled)).code).toBe(1);
  });

  test("an HPA of the user is not KEDA's because one of its metrics is, or because of its name", async () => {
    const mixed = `${hpa("sum(up)")}    - ${s0}\n`;
    for (const input of [mixed, hpa("sum(up)").replace("name: web", "name: keda-hpa-web")]) {
      const { code, out } = await run(["--delegate=keda", "-"], input);
      expect([code, out]).toEqual([0, expect.not.stringContaining("KEDA made this HPA")]);
    }
    // Without the delegate, its second metric is named.
    const alone = await run(["-"], mixed);
    expect([alone.code, alone.out]).toEqual([1, expect.stringContaining('external metric "s0-prometheus"')]);
  });
});

describe("an HPA and a ScaledObject of one workload", () => {
  const target = "spec:\n  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }";
  const ours = hpa("sum(up)").replace("spec:", target);
  const scaled = (metadata = "", spec = "") =>
    `kind: ScaledObject\nmetadata: { name: so, namespace: shop${metadata} }\nspec: { scaleTargetRef: { name: web }${spec}, triggers: [] }\n`;
  const check = async (...objects: string[]) => (await run(["--delegate=keda", "-"], objects.join("---\n"))).out;

  test("are named: KEDA's webhook refuses the ScaledObject", async () => {
    const out = await check(ours, scaled());
    expect(out).toContain("the ScaledObject shop/so scales the same workload");
    expect(out).toContain("there: KEDA's webhook refuses the ScaledObject when it is created or changed");
    expect(out).toContain("scales by neither (AmbiguousSelector)");
  });

  test("are named also with the annotation that makes the webhook admit both", async () => {
    const annotated = ours.replace("annotations: {", 'annotations: { validations.keda.sh/hpa-ownership: "false", ');
    const out = await check(annotated, scaled());
    expect(out).toContain("KEDA's webhook admits both since KEDA 2.14");
    expect(out).toContain("scales by neither (AmbiguousSelector)");
  });

  test("are named if KEDA takes the HPA over", async () => {
    const transfer = ', annotations: { scaledobject.keda.sh/transfer-hpa-ownership: "true" }';
    const config = ", advanced: { horizontalPodAutoscalerConfig: { name: web } }";
    expect(await check(ours, scaled(transfer, config))).toContain("KEDA takes this HPA over");
    expect(await check(ours, scaled(transfer))).toContain("refuses the ScaledObject");
  });

  test("are not what another workload or namespace has", async () => {
    const others = [
      scaled().replace("name: web", "name: api"),
      scaled().replace("namespace: shop", "namespace: test"),
      scaled().replace("{ name: web }", "{ name: web, kind: StatefulSet }"),
    ];
    expect(await check(ours, ...others)).not.toContain("scales the same workload");
  });
});

test("an HPA of KEDA whose ScaledObject may not be read is told, and not passed over", async () => {
  const own = hpa("sum(up)").replace(
    "namespace: shop,",
    "namespace: shop, labels: { scaledobject.keda.sh/name: web },",
  );
  const { code, out } = await run(["-"], own);
  expect(code).toBe(1);
  expect(out).toContain("its ScaledObject shop/web, which was not given or could not be read");
});

test("KEDA's own HPA is not checked beside its ScaledObject", async () => {
  const own = hpa("up").replace("namespace: shop", "namespace: shop, labels: { scaledobject.keda.sh/name: web }");
  const scaled =
    "kind: ScaledObject\nmetadata: { name: web, namespace: shop }\nspec: { scaleTargetRef: { name: web } }\n";
  const { out } = await run(["-"], `${own}---\n${scaled}`);
  expect(out).toMatch(/^# 2 objects read, 1 behaves differently here/);
  expect(out).toContain("KEDA made this HPA for its ScaledObject shop/web");
  expect(out).not.toContain("prometheus-query");
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

test("a metric that a delegate serves is no difference, and one that it may list is named as not known", async () => {
  const other = hpa("sum(up)").replace(
    "name: prometheus-query, selector: { matchLabels: { query-name: rps } }",
    "name: queue",
  );
  const datadog = "--delegate=datadog,ca-secret=datadog/ca";
  expect((await run(["-"], other)).code).toBe(1);
  const unknown = await run([datadog, "-"], other);
  expect(unknown.code).toBe(1);
  expect(unknown.out).toMatch(/served if the delegate "datadog" lists it/);
  const served = await run([`${datadog},metric=que*`, "-"], other);
  expect(served.out).toMatch(/served through the delegate "datadog"/);
  expect(served.out).not.toMatch(/differs \[ASM_METRIC_NOT_SERVED\]/);
});

test.each([
  ...["sls_ingress_qps", "sls_alb_ingress_qps", "slb_l4_active_connection", "slb_l7_qps", "k8s_workload_cpu_util"],
  ...["ahas_sentinel_pass_qps", "cost_hour"],
])("%s, which Alibaba Cloud's adapter always has, is no difference with that adapter as a delegate", async (name) => {
  const input = hpa("sum(up)").replaceAll("prometheus-query", name);
  const { code, out } = await run(["--delegate=alibaba,ca=insecure-skip-verify", "-"], input);
  expect([code, out]).toEqual([expect.any(Number), expect.stringContaining('served through the delegate "alibaba"')]);
  expect((await run(["-"], input)).out).toContain("keep that adapter as a delegate (--delegate=alibaba)");
});

test("a mistake in --delegate is exit code 2", async () => {
  const { code, error } = await run(["--delegate=datadog", "-"], hpa("sum(up)"));
  expect(code).toBe(2);
  expect(error).toMatch(/ASM_CHECK_INPUT: --delegate=datadog needs ca-secret/);
});
