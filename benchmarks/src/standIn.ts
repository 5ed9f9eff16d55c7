import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requestsPerSecondQuery } from "@asm-autoscaler/hpa-metrics";
import { type Authority, createAuthority } from "control-plane";

/**
 * An API server and a Prometheus that answer at once over plain HTTP, so that what is measured is the adapter. The API
 * server lists HPAs of the guide's form, each with a query of its own, tells who the front proxy is and allows everything;
 * Prometheus has one series for every workload that a query names.
 */
export interface StandIn {
  /** Flags of the adapter that point to it. */
  readonly flags: readonly string[];
  /** Signs the front proxy's certificate. */
  readonly frontProxy: Authority;
  readonly counts: { queries: number };
  /** Tells watchers that an HPA has now another query. */
  change(index: number): void;
  stop(): void;
}

const PAGE = 500;
const NAMESPACES = 50;
const CONFIG = "metric-config.external.prometheus-query.prometheus";
const SECRET = { metadata: { name: "s", namespace: "kube-system", resourceVersion: "1" }, data: {} };
const API_SERVICE = {
  metadata: { resourceVersion: "1" },
  spec: { service: { namespace: "kube-system", name: "asm-metrics-adapter" } },
};

/** Where the API serves the metric of the HPA number `index`, or another metric. */
export function metricPath(index: number, metric = "prometheus-query"): string {
  const group = "/apis/external.metrics.k8s.io/v1beta1";
  const selector = encodeURIComponent(`query-name=rps-${index}`);
  return `${group}/namespaces/${namespaceOf(index)}/${metric}?labelSelector=${selector}`;
}

/** What the API server also answers, such as the pods of workloads. Undefined: it does not know the path. */
export type MoreAnswers = (path: string, parameters: URLSearchParams) => object | undefined;

/** Options of the stand-in. */
interface StandInOptions {
  /** Whether the HPAs ask for readings of their pods' sidecars. Default: false. */
  readonly isDirect?: boolean;
  readonly more?: MoreAnswers;
}

/** Starts it with so many HPAs. */
export async function startStandIn(hpas: number, { isDirect = false, more }: StandInOptions = {}): Promise<StandIn> {
  const frontProxy = await createAuthority("front-proxy");
  const counts = { queries: 0 };
  const watchers = new Set<ServerResponse>();
  const objects = Array.from({ length: hpas }, (_, index) => hpaObject(index, 60, isDirect));

  const list = (from: number) => {
    const next = from + PAGE < hpas ? String(from + PAGE) : "";
    return { metadata: { resourceVersion: "1", continue: next }, items: objects.slice(from, from + PAGE) };
  };

  const answer = (request: IncomingMessage, body: string): object | "watch" | undefined => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
    if (pathname === "/api/v1/query") {
      counts.queries++;
      return queryAnswer(new URLSearchParams(body).get("query") ?? "");
    }
    if (searchParams.has("watch")) return pathname.endsWith("/horizontalpodautoscalers") ? "watch" : {};
    if (pathname.endsWith("/horizontalpodautoscalers")) return list(Number(searchParams.get("continue") ?? 0));
    if (pathname.endsWith("/configmaps")) {
      const data = {
        "requestheader-client-ca-file": frontProxy.certPem,
        "requestheader-username-headers": '["X-Remote-User"]',
        "requestheader-group-headers": '["X-Remote-Group"]',
      };
      return { metadata: { resourceVersion: "1" }, items: [{ metadata: { resourceVersion: "1" }, data }] };
    }
    if (pathname.endsWith("/subjectaccessreviews")) return { ...JSON.parse(body), status: { allowed: true } };
    if (pathname.includes("/secrets/")) return SECRET;
    if (pathname.includes("/apiservices/")) return API_SERVICE;
    return more?.(pathname, searchParams);
  };

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const answered = answer(request, Buffer.concat(chunks).toString());
    const isWatch = new URL(request.url ?? "", "http://x").searchParams.has("watch");
    response.writeHead(answered ? 200 : 404, { "content-type": "application/json" });
    if (!isWatch) return void response.end(JSON.stringify(answered ?? {}));
    response.flushHeaders();
    if (answered !== "watch") return;
    watchers.add(response);
    response.on("close", () => watchers.delete(response));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const directory = mkdtempSync(join(tmpdir(), "stand-in-"));
  const kubeconfig = join(directory, "kubeconfig");
  writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(url)));
  return {
    frontProxy,
    counts,
    flags: [`--kubeconfig=${kubeconfig}`, `--prometheus-server=${url}`, "--serving-secret=kube-system/s"],
    change(index) {
      const object = hpaObject(index, 61 + Math.floor(Math.random() * 60), isDirect);
      for (const watcher of watchers) watcher.write(`${JSON.stringify({ type: "MODIFIED", object })}\n`);
    },
    stop() {
      server.closeAllConnections();
      server.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** The namespace of the workload number `index`. */
export function namespaceOf(index: number): string {
  return `team-${index % NAMESPACES}`;
}

/** As the API server sends an HPA that is at work: with managed fields and a status, which the adapter need not keep. */
function hpaObject(index: number, windowSeconds: number, isDirect: boolean): object {
  const [name, namespace] = [`service-${index}`, namespaceOf(index)];
  const query = requestsPerSecondQuery({ workload: name, namespace, windowSeconds });
  return {
    metadata: {
      name,
      namespace,
      uid: `uid-${index}`,
      resourceVersion: "1",
      managedFields: [{ manager: "pulumi", operation: "Apply", fieldsV1: { "f:spec": { "f:metrics": {} } } }],
      annotations: {
        [`${CONFIG}/rps-${index}`]: query,
        ...(isDirect && { [`${CONFIG}/reaction`]: "direct" }),
      },
    },
    spec: {
      minReplicas: 1,
      maxReplicas: 10,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      metrics: [
        {
          type: "External",
          external: {
            metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": `rps-${index}` } } },
            target: { type: "AverageValue", averageValue: "10" },
          },
        },
      ],
    },
    status: { currentReplicas: 1, desiredReplicas: 1, conditions: [{ type: "AbleToScale", status: "True" }] },
  };
}

/** One sample for each workload, with the labels that the query aggregates by. */
function queryAnswer(query: string): object {
  const workloads = /destination_workload=~?"([^"]*)"/.exec(query)?.[1]?.split("|") ?? [];
  const by = /\bby\(([^)]*)\)/.exec(query)?.[1]?.split(",") ?? [];
  const result = workloads.map((workload) => {
    const labels = {
      destination_workload: workload,
      destination_workload_namespace: namespaceOf(Number(workload.split("-")[1])),
    };
    const metric = Object.fromEntries(Object.entries(labels).filter(([label]) => by.includes(label)));
    return { metric, value: [Date.now() / 1000, "5.25"] };
  });
  return { status: "success", data: { resultType: "vector", result } };
}

function kubeconfigOf(server: string): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
}
