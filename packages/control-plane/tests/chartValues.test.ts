import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { ensureBinaries } from "../src/binaries.ts";

/** Which values the Helm chart accepts, and what it renders for a Secret of the user's own. It needs no cluster. */

const CHART = fileURLToPath(new URL("../../../deploy/chart/asm-metrics-adapter", import.meta.url));
const run = promisify(execFile);
const URL_OF_GUIDE = "http://prometheus.istio-system.svc:9090";

/** Part of every credential in the values. */
const SECRET = "s3cret";

let program: string;
let folder: string;

beforeAll(async () => {
  program = (await ensureBinaries(["helm"])).helm;
  folder = await mkdtemp(join(tmpdir(), "chart-"));
}, 900_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

async function rendered(values: object): Promise<string> {
  const file = join(folder, "values.json");
  await writeFile(file, JSON.stringify(values));
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder };
  return (await run(program, ["template", "adapter", CHART, "--values", file], { env, timeout: 60_000 })).stdout;
}

const prometheus = (more: object) => ({ prometheus: { url: URL_OF_GUIDE, ...more } });
const basicAuth = { username: "adapter", password: SECRET };

describe("the chart rejects, as the component does,", () => {
  test.each<[string, object, RegExp]>([
    [
      "a URL without a scheme",
      { prometheus: { url: "user:s3cret@prometheus:9090" } },
      /ASM_URL_INVALID: prometheus\.url /,
    ],
    ["a URL of another scheme", { prometheus: { url: "ftp://p" } }, /ASM_URL_INVALID: prometheus\.url /],
    ["a URL with a query", prometheus({ url: "http://p/?a=b" }), /ASM_URL_INVALID: prometheus\.url /],
    ["a URL with a fragment", prometheus({ url: "http://p/#a" }), /ASM_URL_INVALID: prometheus\.url /],
    ["a URL without a host", prometheus({ url: "http:///path" }), /ASM_URL_INVALID: prometheus\.url /],
    ["a URL with a user", prometheus({ url: "http://u:s3cret@p" }), /ASM_URL_INVALID: prometheus\.url /],
    ["the other name of the URL with a user", { prometheus: { server: "http://u:s3cret@p" } }, /ASM_URL_INVALID/],
    [
      "a wrong URL of an alias",
      { ...prometheus({}), additionalPrometheus: { eu: { url: "eu:9090" } } },
      /ASM_URL_INVALID: additionalPrometheus\.eu\.url /,
    ],
    [
      "a URL of an alias with a user",
      { ...prometheus({}), additionalPrometheus: { eu: { url: "http://u:s3cret@p" } } },
      /ASM_URL_INVALID: additionalPrometheus\.eu\.url /,
    ],
    [
      "an alias without a URL",
      { ...prometheus({}), additionalPrometheus: { eu: {} } },
      /\/eu': missing property 'url'/,
    ],
    [
      "a wrong URL that HPAs may name",
      { ...prometheus({}), allowedPrometheusServers: ["p"] },
      /ASM_URL_INVALID: allowedPrometheusServers /,
    ],
    ["authorization and basicAuth", prometheus({ authorization: "Bearer s3cret", basicAuth }), /\/authorization/],
    ["basicAuth and a header", prometheus({ basicAuth, headers: { authorization: SECRET } }), /'authorization'/],
    ["authorization twice", prometheus({ authorization: "x", headers: { Authorization: SECRET } }), /'Authorization'/],
    ["basicAuth without a password", prometheus({ basicAuth: { username: "u" } }), /'password' required/],
    ["basicAuth without a user name", prometheus({ basicAuth: { password: SECRET } }), /'username' required/],
    ["an empty password", prometheus({ basicAuth: { username: "u", password: "" } }), /\/basicAuth\/password/],
    [
      "a token with a line break",
      prometheus({ authorization: "Bearer s3cret\n" }),
      /ASM_HEADER_INVALID: .*authorization/,
    ],
    [
      "a header with a line break",
      prometheus({ headers: { "X-A": "s3cret\n" } }),
      /ASM_HEADER_INVALID: .*headers\.X-A/,
    ],
    ["a name that is not of a header", prometheus({ headers: { "X A": "b" } }), /'X A'/],
    ["a certificate that is not PEM", prometheus({ caBundle: "MIIB" }), /\/prometheus\/caBundle/],
  ])("%s, and does not print a secret", async (_, values, expected) => {
    const error = await rendered(values).then(
      () => "accepted",
      ({ stderr }: { stderr: string }) => stderr,
    );
    expect(error).toMatch(expected);
    expect(error).not.toContain(SECRET);
  });
});

describe("without Prometheus, the chart", () => {
  test("renders an adapter that only reads sidecars, with direct", async () => {
    const text = await rendered({ direct: true });
    expect(text).toContain("- --direct");
    expect(text).not.toMatch(/--prometheus|PROMETHEUS_SERVER/);
  });

  test.each([
    ["without direct", {}],
    ["with a token for no server", { direct: true, prometheus: { authorization: "Bearer s3cret" } }],
    ["with a dialect of no server", { direct: true, prometheus: { dialect: "Server" } }],
  ])("refuses to render %s, and says both ways out", async (_, values) => {
    await expect(rendered(values)).rejects.toThrow(/prometheus\.url is missing.*--set direct=true/);
  });
});

describe("of prometheus-adapter's rules, the chart refuses, as the component does,", () => {
  test.each<[string, object, RegExp]>([
    ["a flag without rules", { bothApis: true }, /ASM_ARGUMENT_MISSING: prometheusAdapterRules\.config/],
    [
      "two places",
      { config: "rules: []", configMap: "a" },
      /ASM_ARGUMENT_MISPLACED: prometheusAdapterRules\.configMap/,
    ],
    [
      "a key of no ConfigMap",
      { config: "rules: []", configMapKey: "a" },
      /MISPLACED: prometheusAdapterRules\.configMapKey/,
    ],
    ["an age below the interval", { configMap: "a", relistIntervalSeconds: 9, maxAgeSeconds: 8 }, /ASM_NUMBER_INVALID/],
    ["a name that is not of a ConfigMap", { configMap: "A" }, /prometheusAdapterRules\/configMap/],
  ])("%s", async (_, prometheusAdapterRules, expected) => {
    await expect(rendered({ ...prometheus({}), prometheusAdapterRules })).rejects.toThrow(expected);
  });
});

test.each<[string, object]>([
  ["a path", { url: "https://prometheus.example.com/team" }],
  ["an IPv6 address", { url: "http://[fd00::1]:9090" }],
  ["basicAuth", { basicAuth }],
  ["a token and a tenant", { authorization: "Bearer x", headers: { "X-Scope-OrgID": "shop" } }],
])("the chart accepts %s", async (_, more) => {
  expect(await rendered(prometheus(more))).toContain("kind: Deployment");
});

describe("with a Secret of your own, the chart", () => {
  const own = { prometheus: { existingSecret: "own" }, additionalPrometheus: { eu: { dialect: "Server" } } };

  test("renders no Secret with servers, and the pods read yours", async () => {
    const objects = parseAllDocuments(await rendered(own)).flatMap((document) => document.toJS() ?? []);
    const secrets = objects.filter(({ kind }) => kind === "Secret").map(({ metadata }) => metadata.name);
    expect(secrets).toEqual(["asm-metrics-adapter-tls"]);
    const { spec } = objects.find(({ kind }) => kind === "Deployment").spec.template;
    const [{ args, env }] = spec.containers;
    expect(env.flatMap((one: { valueFrom?: { secretKeyRef?: object } }) => one.valueFrom?.secretKeyRef ?? [])).toEqual([
      { name: "own", key: "default.url" },
      { name: "own", key: "alias.eu.url" },
    ]);
    expect(spec.volumes.find(({ name }: { name: string }) => name === "prometheus").secret.secretName).toBe("own");
    expect(args).toContain("--additional-prometheus-dialect=eu=server");
  });

  test.each([
    ["a URL", { ...own, prometheus: { existingSecret: "own", url: URL_OF_GUIDE } }, /\/prometheus\/url/],
    ["a password", { ...own, prometheus: { existingSecret: "own", basicAuth } }, /\/prometheus\/basicAuth/],
    ["a URL of an alias", { ...own, additionalPrometheus: { eu: { url: URL_OF_GUIDE } } }, /\/eu': additional prop/],
  ])("rejects %s beside it, which would have no effect", async (_, values, expected) => {
    await expect(rendered(values)).rejects.toThrow(expected);
  });
});

describe("for hardened clusters, the chart", () => {
  const all = {
    ...prometheus({}),
    image: { pullPolicy: "Always" },
    podLabels: { team: "platform" },
    podAnnotations: { "team.example/note": "a: b" },
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule" },
    ],
    extraArgs: ["--metrics-ttl=2m", "--harmless-prometheus-warning=a: b"],
    extraEnv: [{ name: "HTTPS_PROXY", value: "http://proxy.example:3128" }],
    hostNetwork: true,
    updateStrategy: { maxUnavailable: 2 },
    admissionWebhook: { secretName: "webhook", caBundle: "" },
  };
  const deployment = async (values: object) => {
    const objects = parseAllDocuments(await rendered(values)).flatMap((document) => document.toJS() ?? []);
    return objects.find(({ kind }) => kind === "Deployment").spec;
  };

  test("renders what the component has for the same arguments", async () => {
    const { strategy, template } = await deployment(all);
    expect(strategy).toEqual({ type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 2 } });
    expect(template.metadata.labels).toMatchObject({ team: "platform", "sidecar.istio.io/inject": "false" });
    expect(template.metadata.annotations).toMatchObject({ "team.example/note": "a: b" });
    expect(template.spec).toMatchObject({
      hostNetwork: true,
      dnsPolicy: "ClusterFirstWithHostNet",
      topologySpreadConstraints: [
        {
          ...all.topologySpreadConstraints[0],
          labelSelector: { matchLabels: { "app.kubernetes.io/name": "asm-metrics-adapter" } },
          matchLabelKeys: ["pod-template-hash"],
        },
      ],
    });
    const [{ args, env, imagePullPolicy, ports }] = template.spec.containers;
    expect(args.slice(-2)).toEqual(all.extraArgs);
    expect(env.at(-1)).toEqual(all.extraEnv[0]);
    expect(imagePullPolicy).toBe("Always");
    expect(ports.map(({ containerPort }: { containerPort: number }) => containerPort)).toEqual([26443, 27979, 28444]);
    expect(args).toContain("--secure-port=26443");
  });

  // Each value has its own lines in the template, so one must not bring or take those of another.
  test("renders each value alone as with all of them, and nothing else changes", async () => {
    const { admissionWebhook: _, updateStrategy: __, hostNetwork: ___, ...values } = all;
    const plain = await deployment(prometheus({}));
    for (const [name, value] of Object.entries(values)) {
      if (name === "prometheus") continue;
      const { strategy, template } = await deployment({ ...prometheus({}), [name]: value });
      expect(strategy).toBeUndefined();
      const changed = Object.keys(template.spec).filter(
        (field) => JSON.stringify(template.spec[field]) !== JSON.stringify(plain.template.spec[field]),
      );
      expect([name, changed]).toEqual([
        name,
        { podLabels: [], podAnnotations: [], topologySpreadConstraints: ["topologySpreadConstraints"] }[name] ?? [
          "containers",
        ],
      ]);
    }
    expect((await deployment({ ...prometheus({}), hostNetwork: true })).strategy.rollingUpdate).toEqual({
      maxSurge: 0,
      maxUnavailable: 1,
    });
  });

  test.each<[string, object, RegExp]>([
    [
      "a flag that does not exist",
      { extraArgs: ["--metric-ttl=2m"] },
      /ASM_FLAG_REFUSED: extraArgs\[0\]: --metric-ttl/,
    ],
    ["a flag that another value sets", { extraArgs: ["--direct"] }, /Use the value direct\./],
    [
      "a flag that no value changes",
      { extraArgs: ["--serving-secret=s3cret/b"] },
      /--serving-secret cannot be set.*\. Remove it/,
    ],
    ["a flag that names a file", { extraArgs: ["--kubeconfig=s3cret"] }, /--kubeconfig cannot be set.*\. Remove it/],
    ["an update that replaces no pod", { updateStrategy: { maxSurge: 0, maxUnavailable: 0 } }, /are both 0/],
    [
      "an update that replaces no pod with the usual values",
      { hostNetwork: true, updateStrategy: { maxUnavailable: 0 } },
      /are both 0/,
    ],
    ["gateways without direct", { directGateways: ["none"] }, /ASM_ARGUMENT_MISPLACED: directGateways/],
    ["a flag without its value", { extraArgs: ["--metrics-ttl"] }, /--metrics-ttl needs a value/],
    ["a flag with a wrong value", { extraArgs: ["--metrics-ttl=s3cret"] }, /--metrics-ttl needs a duration/],
    ["two flags in one text", { extraArgs: ["--metrics-ttl 2m"] }, /is not one flag/],
    ["a label of the adapter's own", { podLabels: { "sidecar.istio.io/inject": "true" } }, /podLabels/],
    ["an annotation of its own", { podAnnotations: { "checksum/prometheus": "x" } }, /podAnnotations/],
    ["a variable of its own", { extraEnv: [{ name: "POD_IP", value: "x" }] }, /extraEnv/],
  ])("rejects %s", async (_, values, expected) => {
    const error = await rendered({ ...prometheus({}), ...values }).then(
      () => "accepted",
      ({ stderr }: { stderr: string }) => stderr,
    );
    expect(error).toMatch(expected);
    expect(error).not.toContain(SECRET);
  });
});

describe("with takeOver, the chart", () => {
  const taken = { ...prometheus({}), takeOver: true };

  test("gives the API back before Helm deletes anything, as the adapter and where the adapter runs", async () => {
    const values = { ...taken, nodeSelector: { pool: "system" }, tolerations: [{ operator: "Exists" }] };
    const objects = parseAllDocuments(await rendered(values)).flatMap((document) => document.toJS() ?? []);
    const job = objects.find(({ kind }) => kind === "Job");
    const pod = objects.find(({ kind }) => kind === "Deployment").spec.template;
    expect(job.metadata.annotations).toEqual({
      "helm.sh/hook": "pre-delete",
      "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
    });
    const { labels } = job.spec.template.metadata;
    // Otherwise the adapter's Service would send reads of the API server to the Job.
    expect(labels["app.kubernetes.io/name"]).not.toBe(pod.metadata.labels["app.kubernetes.io/name"]);
    expect(labels["sidecar.istio.io/inject"]).toBe("false");
    for (const field of ["serviceAccountName", "securityContext", "nodeSelector", "tolerations", "priorityClassName"])
      expect([field, job.spec.template.spec[field]]).toEqual([field, pod.spec[field]]);
    const [[hook], [adapter]] = [job.spec.template.spec.containers, pod.spec.containers];
    for (const field of ["image", "command", "resources", "securityContext"])
      expect([field, hook[field]]).toEqual([field, adapter[field]]);
    expect(hook.args[0]).toBe("give-back");
  });

  test("rejects what contradicts it", async () => {
    await expect(rendered({ ...taken, registerApiService: false })).rejects.toThrow(/registerApiService/);
  });
});
