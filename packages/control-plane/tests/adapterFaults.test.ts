import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { Agent, fetch } from "undici";
import { type LocalCluster, startLocalCluster } from "../src/localCluster.ts";
import { until } from "./until.ts";

/** What goes wrong at an adapter, and what the person on call reads about it. */

const LAUNCHER = join(process.cwd(), "adapter/bin/asm-metrics-adapter.mjs");
const KEY = "metric-config.external.prometheus-query.prometheus/";

let cluster: LocalCluster;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  cluster = await startLocalCluster();
  const program = async () => {
    new MetricsAdapter("adapter", { prometheus: { url: cluster.controlPlane.prometheusUrl }, replicas: 1 });
  };
  await (await cluster.engine.stack({ project: "faults", stack: "adapter", program })).up();
}, 600_000);

afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
});

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

/** Starts the command as a process of its own, with the admin's kubeconfig and free ports unless the flags say otherwise. */
function start(...flags: string[]) {
  return startBy([], {}, ...flags);
}

/** As `start`, by a command that takes the adapter's as its last arguments. */
function startBy(by: readonly string[], env: Readonly<Record<string, string>>, ...flags: string[]) {
  const { kubeconfig, addresses } = cluster.controlPlane;
  const [command = "", ...args] = [...by, process.execPath, LAUNCHER];
  const child = spawn(
    command,
    [
      ...args,
      `--kubeconfig=${kubeconfig}`,
      "--secure-port=6443",
      `--bind-address=${addresses.component(30)}`,
      `--metrics-address=${addresses.component(30)}:7979`,
      `--status-address=${addresses.component(30)}:8090`,
      `--cert-dir=${join(cluster.controlPlane.directory, "certs")}`,
      ...flags,
    ],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } },
  );
  running.add(child);
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  const exit = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { exit, output: () => output, alive: () => child.exitCode === null };
}

/** An HPA with one metric per query, in the guide's form; it need not have a Deployment to be served. */
const hpa = (name: string, annotations: Record<string, string>, queryNames: string[]) => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name, namespace: "default", annotations },
  spec: {
    minReplicas: 1,
    maxReplicas: 3,
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
    metrics: queryNames.map((query) => ({
      type: "External",
      external: {
        metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": query } } },
        target: { type: "AverageValue", averageValue: "10" },
      },
    })),
  },
});
const apply = (object: unknown) => cluster.controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify(object));
const read = async (query: string): Promise<string> => {
  const path = `/apis/external.metrics.k8s.io/v1beta1/namespaces/default/prometheus-query?labelSelector=query-name%3D${query}`;
  const response = await cluster.controlPlane.kubernetes.request(path);
  const body = (await response.json()) as { items?: { value: string }[]; message?: string };
  return body.message ?? body.items?.map(({ value }) => value).join() ?? "";
};
/** Asks the process of `start` with the API server's own client certificate. */
const askAsFrontProxy = async (path: string): Promise<{ status: number; body: string }> => {
  const { directory, addresses } = cluster.controlPlane;
  const [cert, key] = await Promise.all(
    ["crt", "key"].map((ending) => readFile(join(directory, `front-proxy-client.${ending}`))),
  );
  const pool = new Agent({ connect: { cert, key, rejectUnauthorized: false } });
  try {
    const headers = { "x-remote-user": "system:admin", "x-remote-group": "system:masters" };
    const response = await fetch(`https://${addresses.component(30)}:6443${path}`, { headers, dispatcher: pool });
    return { status: response.status, body: await response.text() };
  } finally {
    await pool.close();
  }
};
/** Reads a metric from it; undefined until it is ready. */
const readAsFrontProxy = async (query: string): Promise<unknown> => {
  const { status, body } = await askAsFrontProxy(
    `/apis/external.metrics.k8s.io/v1beta1/namespaces/default/prometheus-query?labelSelector=query-name%3D${query}`,
  );
  return status === 401 || status === 403 || /ASM_STARTING/.test(body) ? undefined : JSON.parse(body);
};
const podLog = async (): Promise<string> => {
  const pods = JSON.parse(await cluster.controlPlane.kubectl(["-n", "kube-system", "get", "pods", "-o", "json"]));
  return cluster.kubelet.readPodLog("kube-system", pods.items[0].metadata.name);
};
const logged = (pattern: RegExp) =>
  until(`a line ${pattern}`, async () => (await podLog()).split("\n").find((line) => pattern.test(line)), 10);

describe("an HPA with a mistake", () => {
  test("a syntax error is one line with HPA, key and position, and the HPA's good metric is served", async () => {
    await apply(
      hpa("syntax", { [`${KEY}broken`]: "sum(rate(up[1m])", [`${KEY}whole`]: "scalar(vector(7))" }, [
        "broken",
        "whole",
      ]),
    );
    const line = await logged(/HPA default\/syntax.*broken/);
    expect(line).toMatch(/ASM_QUERY_INVALID/);
    expect(line).toMatch(/line 1/);
    expect(await read("whole")).toBe("7");
  });

  test("an unknown key is named and takes nothing with it", async () => {
    await apply(hpa("unknown-key", { [`${KEY}good`]: "vector(3)", [`${KEY}goood`]: "vector(4)" }, ["good"]));
    expect(await logged(/HPA default\/unknown-key.*goood/)).toMatch(/"level":"warn"/);
    expect(await read("good")).toBe("3");
  });

  test("without annotations it is told what to write, and reads are an empty list", async () => {
    await apply(hpa("bare", {}, ["nowhere"]));
    expect(await logged(/HPA default\/bare/)).toMatch(/nowhere/);
    expect(await read("nowhere")).toBe("");
  });

  test("a query that finds no series is an error that names HPA, key, query and remedy", async () => {
    await apply(hpa("empty", { [`${KEY}none`]: 'sum(no_such_metric{app="x"})' }, ["none"]));
    const message = await until("a message", async () => (await read("none")) || undefined);
    for (const part of ["default/empty", `${KEY}none`, "ASM_NO_SERIES", 'no_such_metric{app="x"}'])
      expect(message).toContain(part);
  });

  test("a changed annotation counts within a second and a deleted HPA is forgotten at once", async () => {
    await apply(hpa("moving", { [`${KEY}moves`]: "vector(1)" }, ["moves"]));
    await until("the first value", async () => (await read("moves")) === "1", 5);
    await apply(hpa("moving", { [`${KEY}moves`]: "vector(2)" }, ["moves"]));
    await until("the second value", async () => (await read("moves")) === "2", 1);
    await cluster.controlPlane.kubectl(["delete", "hpa", "moving"]);
    await until("nothing", async () => (await read("moves")) === "", 1);
  });
});

describe("an adapter whose surroundings are broken", () => {
  test("a kubeconfig that cannot be read ends it with one line", async () => {
    const adapter = start("--lister-kubeconfig=/nowhere/config");
    expect(await adapter.exit).toBe(2);
    expect(adapter.output()).toMatch(/^ASM_KUBECONFIG: the kubeconfig \/nowhere\/config cannot be used: .*\n$/);
  });

  test("an API server that does not answer is waited for, with a line that names it", async () => {
    const file = join(cluster.controlPlane.directory, "dead.kubeconfig");
    const text = await cluster.controlPlane.kubectl(["config", "view", "--raw", "--minify", "-o", "json"]);
    await writeFile(file, text.replace(/https:\/\/[\d.]+:6443/, "https://127.0.0.1:1"));
    const adapter = start(`--lister-kubeconfig=${file}`);
    await until("the line", () => /ASM_HPA_WATCH.*127\.0\.0\.1:1/.test(adapter.output()), 10);
    expect(adapter.alive()).toBe(true);
    // The OpenAPI controller takes a 404 for ever, and 401 for a document that it may not have.
    expect((await askAsFrontProxy("/openapi/v3")).status).toBe(503);
  });

  test("a full disk for the compile cache is no reason not to start", async () => {
    const cache = join(cluster.controlPlane.directory, "compile-cache");
    await mkdir(cache);
    const onFullDisk = `mount -t tmpfs -o size=16k tmpfs ${cache} && exec "$@"`;
    const by = ["unshare", "--mount", "sh", "-c", onFullDisk, "sh"];
    const server = `--prometheus-server=${cluster.controlPlane.prometheusUrl}`;
    const adapter = startBy(by, { NODE_COMPILE_CACHE: cache }, server);
    await apply(hpa("full", { [`${KEY}full`]: "vector(9)" }, ["full"]));
    await until("a reading", async () => /"value":"9"/.test(JSON.stringify(await readAsFrontProxy("full"))), 15);
    expect(adapter.alive()).toBe(true);
  });

  test("a Prometheus that is down at the start is told at the first read and never becomes a number", async () => {
    await apply(hpa("dark", { [`${KEY}dark`]: "vector(9)" }, ["dark"]));
    const adapter = start("--prometheus-server=http://127.0.0.1:1");
    const answer = await until("an answer", () => readAsFrontProxy("dark"), 15);
    expect(answer).toMatchObject({ kind: "Status", code: 503 });
    expect(JSON.stringify(answer)).toMatch(/default\/dark.*ASM_PROMETHEUS_UNREACHABLE.*127\.0\.0\.1:1/);
    expect(adapter.alive()).toBe(true);
  });

  test("a secure port in use ends it with one line that names the address", async () => {
    const { addresses } = cluster.controlPlane;
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(6443, addresses.component(31), resolve));
    const adapter = start(`--bind-address=${addresses.component(31)}`);
    expect(await adapter.exit).toBe(1);
    expect(adapter.output()).toMatch(new RegExp(`ASM_PORT_UNUSABLE.*${addresses.component(31)}:6443`));
    await new Promise((resolve) => holder.close(resolve));
  });

  test("a metrics address in use is a line, and the adapter goes on", async () => {
    const { addresses } = cluster.controlPlane;
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(7979, addresses.component(30), resolve));
    const adapter = start();
    await until("the line", () => /ASM_METRICS_ADDRESS/.test(adapter.output()), 15);
    await until("the HPAs", () => /HPAs listed/.test(adapter.output()), 15);
    await new Promise((resolve) => holder.close(resolve));
  });

  test("a Secret that is not there is one line that names it, and the adapter waits for it, not ready", async () => {
    const adapter = start("--serving-secret=default/none");
    await until("the line", () => /ASM_SERVING_PAIR.*default\/none/.test(adapter.output()), 15);
    await until("the HPAs", () => /HPAs listed/.test(adapter.output()), 15);
    const ready = await fetch(`https://${cluster.controlPlane.addresses.component(30)}:6443/readyz`, {
      dispatcher: new Agent({ connect: { rejectUnauthorized: false } }),
    });
    expect([ready.status, /serving-certificate/.test(await ready.text())]).toEqual([500, true]);

    await cluster.controlPlane.kubectl(["create", "secret", "generic", "none"]);
    await until("the pair", () => /kept in Secret default\/none/.test(adapter.output()), 20);
    expect(adapter.output().match(/ASM_SERVING_PAIR/g)?.length).toBe(2); // the field code and the sentence of one line
  }, 60_000);

  test("without a Secret or files, as in the reference's chart, it serves a pair of its own with one warning", async () => {
    const adapter = start(`--cert-dir=${join(cluster.controlPlane.directory, "no-certs-yet")}`);
    await until("the line", () => /ASM_SELF_SIGNED_CERTIFICATE/.test(adapter.output()), 15);
    await until("the HPAs", () => /HPAs listed/.test(adapter.output()), 15);
    expect(adapter.alive()).toBe(true);
  });

  test("SIGTERM drains it: not ready first, then it ends well", async () => {
    const adapter = start();
    await until("the HPAs", () => /HPAs listed/.test(adapter.output()), 15);
    for (const child of running) child.kill("SIGTERM");
    await until("the line", () => /Draining/.test(adapter.output()), 5);
    expect(await adapter.exit).toBe(0);
  }, 40_000);
});
