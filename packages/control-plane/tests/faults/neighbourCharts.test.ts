import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { ensureBinaries } from "../../src/binaries.ts";
import { type ControlPlane, startControlPlane } from "../../src/controlPlane.ts";

/**
 * What Helm does with the APIService of another adapter's release after this adapter has taken it over. The pages under
 * docs/how-to/neighbours say this to users. No adapter runs here: a test writes what it would write.
 */

const API = "v1beta1.external.metrics.k8s.io";
const NAMESPACE = "kube-system";
const run = promisify(execFile);

/** What the adapter writes in a take-over. */
const TAKEN_OVER = {
  metadata: {
    annotations: { "asm-metrics-adapter/replaced": '{"service":{"name":"other","namespace":"kube-system"}}' },
  },
  spec: {
    service: { name: "asm-metrics-adapter", namespace: NAMESPACE, port: 443 },
    caBundle: Buffer.from("ours").toString("base64"),
    insecureSkipTLSVerify: false,
  },
};
const OURS = { ...TAKEN_OVER.spec, insecureSkipTLSVerify: undefined };

let program: string;
let controlPlane: ControlPlane;
let chart: string;

beforeAll(async () => {
  program = (await ensureBinaries(["helm"])).helm;
  controlPlane = await startControlPlane();
  chart = join(controlPlane.directory, "other");
  await mkdir(join(chart, "templates"), { recursive: true });
  await writeFile(join(chart, "templates", "api.yaml"), TEMPLATE);
}, 900_000);

afterAll(() => controlPlane?.stop(), 60_000);

beforeEach(async () => {
  await helm("uninstall", "other", "--ignore-not-found", "--wait");
  await version("1.0.0");
  await helm("install", "other", chart);
  await controlPlane.kubectl(["patch", "apiservice", API, "--type=merge", "-p", JSON.stringify(TAKEN_OVER)]);
});

async function helm(...args: string[]): Promise<string> {
  const env = { PATH: process.env["PATH"] ?? "", HOME: chart, KUBECONFIG: controlPlane.kubeconfig };
  return (await run(program, ["-n", NAMESPACE, ...args], { env, timeout: 60_000 })).stdout;
}

const upgrade = (...values: string[]) =>
  helm("upgrade", "other", chart, ...values.flatMap((value) => ["--set-string", value]));

/** Sets the version of the chart, which charts write into a label of each object. */
const version = (text: string) =>
  writeFile(join(chart, "Chart.yaml"), `apiVersion: v2\nname: other\nversion: ${text}\n`);

/** The part of the APIService that says who serves it. Undefined if it does not exist. */
async function api() {
  const text = await controlPlane.kubectl(["get", "apiservice", API, "--ignore-not-found", "-o", "json"]);
  if (text === "") return undefined;
  const { spec } = JSON.parse(text);
  return { service: spec.service, caBundle: spec.caBundle, insecureSkipTLSVerify: spec.insecureSkipTLSVerify };
}

describe("helm upgrade of the other adapter's release", () => {
  test("with the same APIService leaves the one that was taken over as it is", async () => {
    await upgrade("flag=changed");
    expect(await api()).toEqual(OURS);
  });

  test("to another version of the chart changes the label and not who serves the API", async () => {
    await version("2.0.0");
    await upgrade();
    expect(await api()).toEqual(OURS);
  });

  test("with a new caBundle writes the caBundle only", async () => {
    await upgrade(`caBundle=${Buffer.from("new").toString("base64")}`);
    expect(await api()).toEqual({ ...OURS, caBundle: Buffer.from("new").toString("base64") });
  });

  test("to another Service takes the name of the Service back, with our CA", async () => {
    await upgrade("service=renamed");
    expect(await api()).toEqual({ ...OURS, service: { ...OURS.service, name: "renamed" } });
  });

  test("with --force replaces all of it", async () => {
    await helm("upgrade", "other", chart, "--force");
    expect(await api()).toEqual({
      service: { name: "other", namespace: NAMESPACE, port: 443 },
      insecureSkipTLSVerify: true,
    });
  });

  test("without an APIService deletes it", async () => {
    await upgrade("api=no");
    expect(await api()).toBeUndefined();
  });

  test.each([
    ["the release has marked", () => upgrade("keep=true")],
    ["a user has marked", () => controlPlane.kubectl(["annotate", "apiservice", API, "helm.sh/resource-policy=keep"])],
  ])("without an APIService keeps one that %s so before", async (_, mark) => {
    await mark();
    await upgrade("api=no");
    expect(await api()).toEqual(OURS);
    await upgrade();
    expect(await api()).toEqual(OURS);
    await controlPlane.kubectl(["delete", "apiservice", API]);
  });
});

test("helm rollback of the other adapter's release leaves an APIService that did not change as it is", async () => {
  await upgrade("flag=changed");
  await helm("rollback", "other", "1");
  expect(await api()).toEqual(OURS);
});

test("helm uninstall of the other adapter's release deletes the APIService, although this adapter has it", async () => {
  await helm("uninstall", "other");
  expect(await api()).toBeUndefined();
});

const TEMPLATE = `{{- if ne .Values.api "no" }}
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata:
  name: ${API}
  labels:
    helm.sh/chart: "{{ .Chart.Version }}"
  {{- if .Values.keep }}
  annotations:
    helm.sh/resource-policy: keep
  {{- end }}
spec:
  group: external.metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  {{- if .Values.caBundle }}
  caBundle: {{ .Values.caBundle }}
  {{- else }}
  insecureSkipTLSVerify: true
  {{- end }}
  service:
    name: {{ .Values.service | default "other" }}
    namespace: ${NAMESPACE}
---
{{- end }}
apiVersion: v1
kind: ConfigMap
metadata:
  name: other
data:
  flag: "{{ .Values.flag }}"
`;
