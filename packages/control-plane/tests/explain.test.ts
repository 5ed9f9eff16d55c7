import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { byName, deployment, hpa, queryKey, type Wanted } from "./conformance/hpa.ts";
import { seen } from "./conformance/scaling.ts";
import { metricPath, type Stage, startStage } from "./conformance/stage.ts";
import { until } from "./until.ts";

/** `asm-metrics-adapter explain` on HPAs that each have something else wrong with them, before the real HPA controller. */

const LAUNCHER = join(process.cwd(), "adapter/bin/asm-metrics-adapter.mjs");
const RATE = 20;

let stage: Stage;
let sidecars: Server;
let kubeconfig: string;

/** What a gateway of a mesh older than June 2024 says of a Service whose pods are gone since a while. */
function oldMesh(requests: number): string {
  const service = 'destination_service="asleep.default.svc.cluster.local",destination_service_name="asleep"';
  const series = (namespace: string, workload: string, count: number) =>
    `istio_requests_total{reporter="source",${service},destination_service_namespace="${namespace}",destination_workload="${workload}"} ${count}\n`;
  return series("default", "asleep", 7) + series("unknown", "unknown", requests);
}

/**
 * What sidecars would say: the workload `shop` gets 20 requests per second, and `twice` is scraped by two jobs. A
 * gateway sends as many to `asleep`, which has no pods.
 */
function statistics(path: string): string {
  const requests = Math.floor((RATE * Date.now()) / 1000) % 1e9;
  if (path === "/gateway") return `# TYPE istio_requests_total counter\n${oldMesh(requests)}`;
  const workload = path === "/twice" ? "twice" : "shop";
  const labels = `reporter="destination",destination_workload="${workload}",destination_workload_namespace="default"`;
  return `# TYPE istio_requests_total counter\nistio_requests_total{${labels}} ${requests}\n`;
}

beforeAll(async () => {
  sidecars = createServer(({ url = "" }, response) => {
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(statistics(url));
  });
  sidecars.listen(0, "127.0.0.1");
  await once(sidecars, "listening");
  const target = `127.0.0.1:${(sidecars.address() as AddressInfo).port}`;
  const job = (job_name: string, metrics_path: string) => ({
    job_name,
    metrics_path,
    static_configs: [{ targets: [target] }],
  });
  stage = await startStage({
    scrapeConfigs: [
      job("envoy-stats", "/stats"),
      job("pods", "/twice"),
      job("extra", "/twice"),
      job("gateway", "/gateway"),
    ],
  });
  kubeconfig = await stage.plane.kubeconfig("person-on-call", ["system:masters"]);
  await until("a rate", async () => {
    const body = new URLSearchParams({ query: "count(rate(istio_requests_total[10s]))" });
    const answer = await fetch(`${stage.plane.prometheusUrl}/api/v1/query`, { method: "POST", body });
    return /"5"\]/.test(await answer.text());
  });
}, 600_000);

afterAll(async () => {
  await stage?.stop();
  sidecars?.close();
}, 60_000);

/** Runs the command; its exit code and output. */
async function explain(name: string, ...flags: string[]): Promise<{ code: number; out: string; error: string }> {
  const { prometheusUrl } = stage.plane;
  const args = [
    LAUNCHER,
    "explain",
    `default/${name}`,
    `--kubeconfig=${kubeconfig}`,
    `--prometheus-server=${prometheusUrl}`,
  ];
  const run = promisify(execFile)(process.execPath, [...args, ...flags]);
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, error: stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      out: stdout,
      error: stderr,
    }),
  );
}

/** The reasons of an HPA, the likeliest first. */
async function reasons(name: string, ...flags: string[]): Promise<string[]> {
  const { out, error } = await explain(name, "--output=json", ...flags);
  if (out === "") throw new Error(error);
  return (JSON.parse(out) as { reasons: { id: string }[] }).reasons.map(({ id }) => id);
}

const requests = (matchers = "", workload = "shop", range = "10s") =>
  `sum(rate(istio_requests_total{destination_workload="${workload}"${matchers}}[${range}]))`;

/** Makes a workload of so many pods, which nobody runs, and its HPA, and waits until the controller has looked at it. */
async function make(
  name: string,
  query: string,
  { replicas = 2, metrics, ...more }: Partial<Made> = {},
): Promise<void> {
  await stage.apply(
    deployment(name, replicas),
    hpa(name, metrics ?? [byName(name)], { annotations: { [queryKey(name)]: query }, ...more }),
  );
  await until("a look at it", async () => (await seen(stage, name)).active !== "", 30);
}

interface Made {
  replicas: number;
  metrics: readonly Wanted[];
  maxReplicas: number;
  minReplicas: number;
  behavior: object;
}

describe("the likeliest reason", () => {
  const mistakes: [what: string, name: string, query: string, reason: string][] = [
    ["a workload that is written wrong", "workload", requests("", "shpo"), "wrong-workload"],
    ["another namespace", "namespace", requests(',destination_workload_namespace="prod"'), "wrong-namespace"],
    ["the reporter that does not count it", "reporter", requests(',reporter="source"'), "wrong-reporter"],
    ["a label that a tag override has removed", "label", requests(',destination_version="v2"'), "no-such-label"],
    ["a metric's name that is written wrong", "metric", "sum(rate(istio_request_total[10s]))", "no-such-metric"],
    ["a metric that nobody has", "nothing", "sum(rate(orders_total[10s]))", "no-such-metric"],
    ["a range that is too short", "range", requests("", "shop", "1s"), "range-too-short|ASM_WINDOW_SCRAPES"],
    ["a mistake in PromQL", "syntax", "sum(rate(istio_requests_total[10s])", "ASM_QUERY_INVALID"],
    ["several series", "several", "istio_requests_total", "ASM_SEVERAL_SERIES"],
    ["a NaN", "nan", "vector(0) / 0", "ASM_NAN"],
    ["pods that are scraped by two jobs", "twice", requests("", "twice"), "scraped-twice"],
  ];
  test.each(mistakes)(
    "%s",
    async (_, name, query, reason) => {
      await make(name, query);
      // The HPA controller can read the metric before the adapter knows the new HPA. Its next read corrects that.
      // How often a series is scraped is known once it is five minutes old.
      const isReason = new RegExp(`^(?:${reason})$`);
      await until(`the reason ${reason}`, async () => isReason.test((await reasons(name))[0] ?? ""));
      const { code, out } = await explain(name);
      expect(code).toBe(1);
      expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
      expect(out.split("\n").length).toBeLessThanOrEqual(41);
    },
    60_000,
  );

  test("a size that is right", async () => {
    await make("right", requests());
    await until("a settled HPA", async () =>
      ["settled", "within-tolerance"].includes((await reasons("right"))[0] ?? ""),
    );
    const { code, out } = await explain("right");
    expect(code).toBe(0);
    expect(out).toContain("Deployment right: 2 replicas of 1 to 5");
  }, 60_000);

  test("the tolerance", async () => {
    await make("near", "vector(21)");
    await until("it", async () => (await reasons("near"))[0] === "within-tolerance");
  }, 60_000);

  test("the maximum", async () => {
    await make("full", "vector(90)", { maxReplicas: 3 });
    await until("it", async () => (await reasons("full"))[0] === "at-maximum");
    expect((await explain("full")).out.replace(/\s+/g, " ")).toContain("its maximum of 3 pods and would need 9");
  }, 60_000);

  test("the stabilization window", async () => {
    await make("waits", "vector(10)", {
      replicas: 4,
      behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
    });
    await until("it", async () => (await reasons("waits"))[0] === "stabilized");
  }, 60_000);

  test("a direction that is switched off", async () => {
    await make("off", "vector(50)", { behavior: { scaleUp: { selectPolicy: "Disabled" } } });
    await until("it", async () => (await reasons("off"))[0] === "direction-disabled");
  }, 60_000);

  test("another metric that has no value", async () => {
    await stage.apply(deployment("cpu", 4));
    const object = hpa("cpu", [byName("cpu")], { annotations: { [queryKey("cpu")]: "vector(10)" } }) as {
      spec: { metrics: object[] };
    };
    object.spec.metrics.push({
      type: "Resource",
      resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
    });
    await stage.apply(object);
    await until("it", async () => (await reasons("cpu"))[0] === "other-metric", 40);
  }, 60_000);

  test("requests to a sleeping workload that an old mesh counts under another namespace", async () => {
    const labels = 'destination_service_name="asleep",destination_service_namespace="default",reporter="source"';
    const query = `sum(rate(istio_requests_total{${labels}}[10s]))`;
    const behavior = { scaleDown: { stabilizationWindowSeconds: 0 } };
    await make("asleep", query, { replicas: 1, minReplicas: 0, behavior });
    await until("its sleep", async () => (await explain("asleep")).out.includes("0 replicas of 0 to 5"), 60);
    const { code, out } = await explain("asleep");
    expect([code, out.replace(/\s+/g, " ")]).toEqual([
      1,
      expect.stringMatching(
        /clients send \d+(?:\.\d+)? requests per second to asleep\.default\.svc\.cluster\.local, and the query counts none of them: their series have destination_service_namespace="unknown"/,
      ),
    ]);
  }, 60_000);

  test("a target that is not there", async () => {
    await stage.apply(hpa("lost", [byName("lost")], { annotations: { [queryKey("lost")]: "vector(1)" } }));
    await until("it", async () => (await reasons("lost"))[0] === "no-scale");
  }, 60_000);
});

test("the whole chain stands on one screen, with what is nearly there", async () => {
  const { out } = await explain("reporter");
  expect(out).toMatch(/^HPA {8}default\/reporter of Deployment reporter/);
  expect(out).toContain("API        available, served by kube-system/asm-metrics-adapter");
  expect(out.replace(/\s+/g, " ")).toContain('Nearly no series has reporter="source"; the same traffic is counted by');
  expect(out.replace(/\s+/g, " ")).toContain("Why reporter: no series has reporter");
});

test("without a Prometheus it says what it cannot know, and tells what the API serves", async () => {
  const { out } = await explain("right", "--prometheus-server=");
  expect(out.replace(/\s+/g, " ")).toContain("Reading not known: the adapter was started without --prometheus-server");
  expect(out).toMatch(/Served {5}\d/);
});

test("a user who may only list HPAs, as the adapter itself, gets the reason", async () => {
  await make("listed", requests("", "shpo"));
  const role = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "only-list" };
  const rule = { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: ["list", "watch"] };
  const metadata = { name: "only-list" };
  await stage.apply(
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata, rules: [rule] },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata,
      roleRef: role,
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "only-list" }],
    },
  );
  const own = `--kubeconfig=${await stage.plane.kubeconfig("only-list", [])}`;
  await until("the rights of the role", async () => (await explain("listed", own)).code === 1, 30);
  expect((await reasons("listed", own))[0]).toBe("wrong-workload");
  expect((await explain("listet", own)).error).toMatch(/there is no HPA default\/listet.*listed/);
}, 60_000);

test("an HPA that is not there is bad input, with the name that is meant", async () => {
  const { code, error } = await explain("righ");
  expect(code).toBe(2);
  expect(error).toMatch(/there is no HPA default\/righ\. Correct the name: there is right/);
});

test("when Prometheus is away the reason is that, and when the adapter is, that it is", async () => {
  await stage.plane.kill("prometheus");
  await until(
    "a refused read",
    async () => (await stage.read(metricPath("prometheus-query", "query-name=right"))).status !== 200,
    60,
  );
  expect((await reasons("right"))[0]).toBe("ASM_PROMETHEUS_UNREACHABLE");
  await stage.adapter.end("SIGKILL");
  await until("it", async () => (await reasons("right"))[0] === "api-unavailable", 60);
}, 150_000);
