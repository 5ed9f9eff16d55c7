import { mkdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { MetricsAdapter, TrafficAutoscaler } from "asm-autoscaler";
import { launch } from "puppeteer-core";
import { startLocalCluster } from "./src/localCluster.ts";
import { deployment } from "./tests/conformance/hpa.ts";

const cluster = await startLocalCluster({ downscaleStabilizationSeconds: 60, onProgress: (l) => console.log(l) });
const { controlPlane, engine, traffic } = cluster;
const names = ["podinfo", "checkout", "search", "cart"];
const svc = (name: string) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "shop" },
  spec: { selector: { app: name }, ports: [{ name: "http", port: 80 }] },
});
const ns = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "shop", labels: { "istio-injection": "enabled" } },
};
await controlPlane.kubectl(
  ["apply", "-f", "-"],
  JSON.stringify({
    apiVersion: "v1",
    kind: "List",
    items: [ns, ...names.flatMap((n) => [deployment(n, 1, "shop"), svc(n)])],
  }),
);
const adapter = async () =>
  void new MetricsAdapter("adapter", { prometheus: { url: controlPlane.prometheusUrl }, replicas: 1 });
await (await engine.stack({ project: "p", stack: "adapter", program: adapter })).up();
const hpas = async () => {
  const base = { namespace: "shop", maxReplicas: 10 };
  new TrafficAutoscaler("podinfo", {
    ...base,
    target: "podinfo",
    metrics: [{ requestsPerSecond: 10, queryName: "podinfo-rps" }],
  });
  new TrafficAutoscaler("checkout", {
    ...base,
    maxReplicas: 4,
    target: "checkout",
    metrics: [{ requestsPerSecond: 10, queryName: "checkout-rps" }],
  });
  new TrafficAutoscaler("cart", {
    ...base,
    target: "cart",
    metrics: [
      { requestsPerSecond: 20, queryName: "cart-rps" },
      { latencyMilliseconds: 250, queryName: "cart-p95" },
    ],
  });
  new TrafficAutoscaler("search", {
    ...base,
    target: "search",
    metrics: [
      {
        query:
          'sum(rate(istio_requests_total{destination_workload="search",destination_workload_namespace="shop",reporter="destinaton"}[1m]))',
        queryName: "search-rps",
        averageValue: "10",
      },
    ],
  });
};
await (await engine.stack({ project: "p", stack: "hpas", program: hpas })).up();
const offer = (n: string, r: number) => traffic.offer({ namespace: "shop", workload: n, service: n }, r);
const began = Date.now();
const minutes = Number(process.argv[2] ?? 9);
while (Date.now() - began < minutes * 60_000) {
  const t = (Date.now() - began) / 1000;
  offer("podinfo", t < 150 ? 8 : 45);
  offer("checkout", 12 + Math.min(60, t / 6));
  offer("cart", 45 + 30 * Math.sin(t / 70));
  offer("search", 15);
  await pause(1000);
}
const pods = JSON.parse(await controlPlane.kubectl(["-n", "kube-system", "get", "pods", "-o", "json"]));
const url = `http://${pods.items[0].status.podIP}:8090`;
const browser = await launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage();
mkdirSync("/tmp/shots", { recursive: true });
for (const [path, name, height] of [
  ["/", "status-page", 620],
  ["/?hpa=shop/podinfo", "status-page-one", 900],
  ["/?hpa=shop/search", "status-fault", 900],
] as const)
  for (const scheme of ["light", "dark"]) {
    await page.setViewport({ width: 1280, height });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.goto(url + path, { waitUntil: "networkidle2" });
    await page.screenshot({ path: `/tmp/shots/${name}-${scheme}.png` });
  }
console.log(await (await fetch(`${url}/api/status`)).text());
await browser.close();
await cluster.stop();
process.exit(0);
