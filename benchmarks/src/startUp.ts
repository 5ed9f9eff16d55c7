import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { get } from "node:https";
import type { AddressInfo } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { makeAuthority } from "../../adapter/src/security/authority.ts";

/**
 * Start-up: from the start of the process to the first 200 of /readyz, with HPAS HPAs of the guide's form, each with a
 * query of its own. API server and Prometheus are stand-ins in this process that answer at once, over plain HTTP, so
 * what is measured is the adapter: its bundle, its listing, its first readings.
 */
const HPAS = Number(process.env["HPAS"] ?? 1000);
const RUNS = Number(process.env["RUNS"] ?? 5);
const LAUNCHER = new URL("../../adapter/bin/asm-metrics-adapter.mjs", import.meta.url).pathname;
const PAGE = 500;
const LIMIT_MS = 60_000;

const day = 86_400_000;
const span = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) };
const frontProxy = await makeAuthority("front-proxy", span);
const secret = { metadata: { name: "s", namespace: "kube-system", resourceVersion: "1" }, data: {} };
const apiService = {
  metadata: { resourceVersion: "1" },
  spec: { service: { namespace: "kube-system", name: "asm-metrics-adapter" } },
};
const hpas = Array.from({ length: HPAS }, (_, index) => ({
  metadata: {
    name: `w${index}`,
    namespace: `team-${index % 50}`,
    annotations: {
      "metric-config.external.prometheus-query.prometheus/rps": `sum(rate(istio_requests_total{destination_workload="w${index}",destination_workload_namespace="team-${index % 50}"}[1m]))`,
    },
  },
  spec: {
    metrics: [
      {
        type: "External",
        external: {
          metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": "rps" } } },
          target: { type: "AverageValue", averageValue: "10" },
        },
      },
    ],
  },
}));
let queries = 0;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
  const send = (body: object) =>
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (pathname === "/api/v1/query") {
    queries += 1;
    return void send({ status: "success", data: { resultType: "vector", result: [{ metric: {}, value: [1, "5"] }] } });
  }
  // A watch stays open and tells nothing.
  if (searchParams.has("watch")) return void response.writeHead(200, { "content-type": "application/json" });
  if (pathname.endsWith("/horizontalpodautoscalers")) {
    const from = Number(searchParams.get("continue") ?? 0);
    const next = from + PAGE < HPAS ? String(from + PAGE) : "";
    return void send({ metadata: { resourceVersion: "1", continue: next }, items: hpas.slice(from, from + PAGE) });
  }
  if (pathname.endsWith("/configmaps")) {
    const data = {
      "requestheader-client-ca-file": frontProxy.cert,
      "requestheader-username-headers": '["X-Remote-User"]',
    };
    return void send({ metadata: { resourceVersion: "1" }, items: [{ metadata: { resourceVersion: "1" }, data }] });
  }
  if (pathname.includes("/secrets/")) return void send(secret);
  if (pathname.includes("/apiservices/")) return void send(apiService);
  response.writeHead(404).end("{}");
}

/** The status of /readyz, 0 while nothing listens. */
function readyz(port: number): Promise<number> {
  return new Promise((resolve) => {
    const asked = get(
      { host: "127.0.0.1", port, path: "/readyz", rejectUnauthorized: false, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    asked.on("error", () => resolve(0));
  });
}

/** Processor time of a process so far, ms (Linux counts it in hundredths): what a busy machine does not distort. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function run(index: number, kubeconfig: string, stand: string): Promise<number> {
  queries = 0;
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...[LAUNCHER, `--kubeconfig=${kubeconfig}`, `--prometheus-server=${stand}`, `--secure-port=${port}`],
      ...["--bind-address=127.0.0.1", "--metrics-address=127.0.0.1:0", "--serving-secret=kube-system/s"],
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const exit = once(child, "exit");
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  while ((await readyz(port)) !== 200) {
    if (performance.now() - began > LIMIT_MS) throw new Error(`not ready after ${LIMIT_MS / 1000} s`);
    await delay(25);
  }
  const tookMs = Math.round(performance.now() - began);
  const cpuMs = cpuOf(child.pid ?? 0);
  console.log(`run ${index + 1}: ready after ${tookMs} ms, ${cpuMs} ms of CPU, ${queries} queries answered`);
  end();
  await exit;
  process.off("exit", end);
  return tookMs;
}

const stand = createServer(answer);
stand.listen(0, "127.0.0.1");
await once(stand, "listening");
const url = `http://127.0.0.1:${(stand.address() as AddressInfo).port}`;
const directory = mkdtempSync(join(tmpdir(), "start-up-"));
const kubeconfig = join(directory, "kubeconfig");
writeFileSync(
  kubeconfig,
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: url, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  }),
);
const times: number[] = [];
for (let index = 0; index < RUNS; index++) times.push(await run(index, kubeconfig, url));
rmSync(directory, { recursive: true });
times.sort((a, b) => a - b);
console.log(
  `${HPAS} HPAs, ${cpus().length} CPUs: median ${times[Math.floor(RUNS / 2)]} ms, most ${times.at(-1)} ms from start to ready.`,
);
stand.closeAllConnections();
stand.close();
