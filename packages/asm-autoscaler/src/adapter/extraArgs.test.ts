import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FLAG_GROUPS } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import "../../testing/bundleFixture";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { CA, podOf, prometheus, recordAdapter } from "../../testing/recordAdapter";
import { MetricsAdapter } from ".";
import { EXTRA_FLAGS, extraArgErrors } from "./extraArgs";

const ALL = FLAG_GROUPS.flatMap(({ flags }) => flags);

test("additional flags are the last ones, as they were given", async () => {
  const extraArgs = ["--metrics-ttl=2m", pulumi.output("--max-metrics-per-hpa=20"), "--disregard-incompatible-hpas"];
  const [{ args }] = podOf(await recordAdapter({ prometheus, extraArgs })).containers;
  expect(args.slice(-3)).toEqual(["--metrics-ttl=2m", "--max-metrics-per-hpa=20", "--disregard-incompatible-hpas"]);
});

describe("a flag of the component is refused", () => {
  // What any argument of the component can add to the command line.
  const everything = {
    prometheus: { ...prometheus, dialect: "Promql" as const },
    additionalPrometheus: { eu: { ...prometheus, dialect: "Promql" as const } },
    allowedPrometheusServers: ["http://p"],
    direct: true,
    directGateways: ["none"],
    tenants: { namespaceLabel: "namespace", maxMetricsPerNamespace: 1, maxQueryCostSeconds: 1 },
    statusPage: { clusterName: "one", prometheusUrl: "http://p" },
    delegates: [{ type: "Keda" as const }],
    admissionWebhook: { secretName: "webhook", caBundle: CA },
  };

  test("whichever argument sets it, so that no flag has two owners", async () => {
    const [{ args }] = podOf(await recordAdapter(everything)).containers;
    const set = [...new Set(args.map((arg) => /^--([^=]+)/.exec(arg)?.[1] ?? ""))];
    expect(set.length).toBeGreaterThan(15);
    expect(set.filter((name) => EXTRA_FLAGS.includes(name))).toEqual([]);
    for (const arg of args)
      expect(extraArgErrors([arg])).toMatchObject([{ path: "extraArgs[0]", code: "ASM_FLAG_REFUSED" }]);
  });

  test("also one that a later argument adds: each flag in the sources of the component", () => {
    const sources = readdirSync(__dirname).filter((file) => !/test|extraArgs/.test(file));
    const names = sources.flatMap((file) =>
      [...readFileSync(join(__dirname, file), "utf8").matchAll(/[`"]--([a-z-]+)(?=[=`"])/g)].map(
        ([, name = ""]) => name,
      ),
    );
    expect(names).toContain("direct-gateways");
    expect(names.filter((name) => EXTRA_FLAGS.includes(name))).toEqual([]);
  });

  test("with the argument to use instead", () => {
    const [error] = extraArgErrors(["--cluster-name=one"]);
    expect([error?.message, error?.remedy]).toEqual([
      "The component sets --cluster-name",
      "Use the argument statusPage",
    ]);
  });
});

test("a flag that names a file is refused, because nothing mounts one", () => {
  const files = ALL.filter(({ value }) => /FILE|FOLDER/.test(value ?? "")).map(({ name }) => name);
  expect(files).toContain("kubeconfig");
  expect(files.filter((name) => EXTRA_FLAGS.includes(name))).toEqual([]);
  const [error] = extraArgErrors(["--kubeconfig=s3cret"]);
  expect([error?.message, error?.remedy]).toEqual(["--kubeconfig cannot be set with this component", "Remove it"]);
});

test("every other flag of the adapter is accepted", () => {
  const examples: Record<string, string> = { DURATION: "1m30s", NUMBER: "7" };
  const given = ALL.filter(({ name }) => EXTRA_FLAGS.includes(name)).map(
    ({ name, value }) => `--${name}${value === undefined ? "" : `=${examples[value] ?? "x"}`}`,
  );
  expect(given.length).toBe(EXTRA_FLAGS.length);
  expect(extraArgErrors(given)).toEqual([]);
});

test.each([
  ["--metric-ttl=2m", "--metric-ttl is not a flag of the adapter, did you mean --metrics-ttl?"],
  // A flag of kube-metrics-adapter that this adapter ignores: whoever sets it expects an effect.
  ["--skipper-ingress-metrics", "--skipper-ingress-metrics is not a flag of the adapter"],
  ["--metrics-ttl", "--metrics-ttl needs a value"],
  ["--metrics-ttl=s3cret", "--metrics-ttl needs a duration"],
  ["--metrics-ttl=-1m", "--metrics-ttl needs a duration"],
  ["--max-metrics-per-hpa=few", "--max-metrics-per-hpa needs a whole number"],
  ["--disregard-incompatible-hpas=s3cret", "--disregard-incompatible-hpas is a switch"],
  ["--metrics-ttl 2m", "The text is not one flag of the adapter"],
  ["metrics-ttl=2m", "The text is not one flag of the adapter"],
  ["-metrics-ttl=2m", "The text is not one flag of the adapter"],
])("%s is refused", (arg, message) => {
  const [error, ...more] = extraArgErrors(["--metrics-ttl=1m", arg]);
  expect([error?.path, error?.message, more]).toEqual(["extraArgs[1]", message, []]);
  expect(JSON.stringify(error)).not.toContain("s3cret");
});

test("wrong flags and variables are named together with every other wrong argument", () => {
  const attempt = () =>
    new MetricsAdapter("it", {
      prometheus: { url: "nowhere" },
      extraArgs: ["--x", "--direct"],
      extraEnv: [{ name: "POD_IP", value: "::1" }, { name: "A" }, { name: "A" }, { name: "9" }, Object({ value: "x" })],
      podLabels: { "sidecar.istio.io/inject": "true", "app.kubernetes.io/name": "x", "a b": "c", team: "a b", ok: "" },
      podAnnotations: { "checksum/prometheus": "x", "a/b/c": "x", "team.example/note": "any text" },
      updateStrategy: { maxSurge: 0, maxUnavailable: 0 },
    });
  expect(inputErrorsOf(attempt)).toEqual([
    ["prometheus.url", "ASM_URL_INVALID"],
    ['podLabels["sidecar.istio.io/inject"]', "ASM_KEY_RESERVED"],
    ['podLabels["app.kubernetes.io/name"]', "ASM_KEY_RESERVED"],
    ['podLabels["a b"]', "ASM_NAME_INVALID"],
    ["podLabels.team", "ASM_NAME_INVALID"],
    ['podAnnotations["checksum/prometheus"]', "ASM_KEY_RESERVED"],
    ['podAnnotations["a/b/c"]', "ASM_NAME_INVALID"],
    ["extraArgs[0]", "ASM_FLAG_REFUSED"],
    ["extraArgs[1]", "ASM_FLAG_REFUSED"],
    ["extraEnv[0].name", "ASM_KEY_RESERVED"],
    ["extraEnv[2].name", "ASM_ARGUMENT_MISPLACED"],
    ["extraEnv[3].name", "ASM_NAME_INVALID"],
    ["extraEnv[4].name", "ASM_ARGUMENT_MISSING"],
    ["updateStrategy.maxSurge", "ASM_COUNT_INVALID"],
  ]);
});

describe("additional variables", () => {
  test("follow the component's own, and may come from a Secret", async () => {
    const secret = { name: "proxy", key: "url" };
    const extraEnv = [
      { name: "NO_PROXY", value: ".svc,10.0.0.0/8" },
      { name: "HTTPS_PROXY", valueFrom: { secretKeyRef: secret } },
    ];
    for (const given of [extraEnv, pulumi.output(extraEnv)])
      expect(podOf(await recordAdapter({ prometheus, extraEnv: given })).containers[0].env.slice(-2)).toEqual(extraEnv);
  });

  test("cannot have the name of one of the component's own", async () => {
    const [{ env }] = podOf(await recordAdapter({ prometheus, additionalPrometheus: { eu: prometheus } })).containers;
    const extraEnv = env.map(({ name }) => ({ name, value: "x" }));
    const attempt = () => new MetricsAdapter("it", { prometheus, extraEnv });
    expect(inputErrorsOf(attempt)).toEqual(env.map((_, index) => [`extraEnv[${index}].name`, "ASM_KEY_RESERVED"]));
  });
});
