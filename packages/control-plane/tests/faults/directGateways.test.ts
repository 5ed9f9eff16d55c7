import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler/adapter";
import { Reaction, TrafficAutoscaler, TrafficReporter } from "@asm-autoscaler/asm-autoscaler/autoscaler";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type LocalCluster, startLocalCluster } from "../../src/localCluster.ts";
import { observe } from "../../src/loop/observer.ts";
import { until } from "../until.ts";

/**
 * Readings of gateways and waypoints, with the real HPA controller. Prometheus reads them as well, because without it a
 * value of waypoints is not served. The gateway in `old-ingress` has the statistics of an old Istio.
 */

const GATEWAYS = {
  web: { namespace: "istio-system", workload: "istio-ingressgateway" },
  orders: { namespace: "old-ingress", workload: "istio-ingressgateway" },
} as const;
const WAYPOINT = { namespace: "ambient", workload: "waypoint" };
/** Sync period of the HPA controller, and a scrape of a proxy with the resolution of events, in seconds. */
const SYNC = 15;
const SCRAPE = 2 + 2;

let cluster: LocalCluster;

const proxy = (name: string, namespace: string, labels: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  selector: { matchLabels: { ${labels} } }
  template:
    metadata: { labels: { ${labels} } }
    spec:
      containers:
        - name: istio-proxy
          image: docker.io/istio/proxyv2:1.27.3
          ports: [{ name: http-envoy-prom, containerPort: 15090 }]
`;
const app = (name: string, namespace: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: app, image: docker.io/stefanprodan/podinfo:6.9.2 }] }
`;
const namespace = (name: string, labels = "") => `
apiVersion: v1
kind: Namespace
metadata: { name: ${name}, labels: { ${labels} } }
`;
const OBJECTS = [
  ...["istio-system", "old-ingress", "ambient"].map((name) => namespace(name)),
  namespace("shop", "istio-injection: enabled"),
  ...Object.values(GATEWAYS).map((one) => proxy(one.workload, one.namespace, "istio: ingressgateway")),
  proxy(WAYPOINT.workload, WAYPOINT.namespace, "gateway.networking.k8s.io/gateway-name: waypoint"),
  ...Object.keys(GATEWAYS).map((name) => app(name, "shop")),
  app("stock", "ambient"),
].join("---");

beforeAll(async () => {
  cluster = await startLocalCluster({ downscaleStabilizationSeconds: 15 });
  const { controlPlane, engine, traffic } = cluster;
  await controlPlane.kubectl(["apply", "-f", "-"], OBJECTS);
  const program = async () => {
    new MetricsAdapter("adapter", {
      ...{ prometheus: { url: controlPlane.prometheusUrl }, direct: true, replicas: 1 },
      directGateways: ["istio-system/istio=ingressgateway", "old-ingress/istio=ingressgateway"],
    });
    const own = { maxReplicas: 10, reaction: Reaction.Direct };
    for (const name of Object.keys(GATEWAYS))
      new TrafficAutoscaler(name, {
        ...{ ...own, namespace: "shop", target: name, minReplicas: 0 },
        metrics: [{ requestsPerSecond: 10, service: name }],
      });
    new TrafficAutoscaler("stock", {
      ...{ ...own, namespace: "ambient", target: "stock" },
      metrics: [{ requestsPerSecond: 10, reporter: TrafficReporter.Waypoint }],
    });
  };
  await (await engine.stack({ project: "gateways", stack: "gateways", program })).up();
  const old = await until("the old gateway", () => traffic.sidecars(GATEWAYS.orders)[0], 60);
  old.speak("old");
}, 900_000);

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

test("the demand at gateways wakes workloads without pods, and lets them sleep again, in both dialects", async () => {
  const { controlPlane, traffic } = cluster;
  const asleepAndAwake = async ([name, sender]: [string, (typeof GATEWAYS)[keyof typeof GATEWAYS]]) => {
    const mesh = sender.namespace === "old-ingress" ? "old" : "new";
    const destination = { namespace: "shop", workload: name, service: name, sender, mesh } as const;
    const observer = observe(controlPlane, "shop", name);
    try {
      traffic.offer(destination, 25);
      await observer.until("three replicas", 120, () => observer.rescales.at(-1)?.to === 3);
      traffic.offer(destination, 0);
      await observer.until("no replica", 240, () => observer.rescales.at(-1)?.to === 0);
      const asked = Date.now();
      traffic.offer(destination, 25);
      await observer.until("awake", 60, () => (observer.rescales.at(-1)?.to ?? 0) > 0);
      const seconds = (Date.now() - asked) / 1_000;
      await observer.until("three replicas again", 60, () => observer.rescales.at(-1)?.to === 3);
      expect(observer.rescales.map(({ to }) => to).filter((to) => to > 3)).toEqual([]);
      expect(seconds).toBeLessThan(SYNC + SCRAPE);
      process.stdout.write(`${name} (${mesh} gateway) woken after ${seconds.toFixed(0)} s\n`);
    } finally {
      observer.stop();
    }
  };
  await Promise.all(Object.entries(GATEWAYS).map(asleepAndAwake));
}, 600_000);

test("a waypoint gives a workload without sidecars all pods within two syncs, and fewer when the requests end", async () => {
  const { controlPlane, traffic } = cluster;
  const destination = { namespace: "ambient", workload: "stock", service: "stock", waypoint: WAYPOINT };
  const observer = observe(controlPlane, "ambient", "stock");
  try {
    traffic.offer(destination, 8);
    const path = "/apis/external.metrics.k8s.io/v1beta1/namespaces/ambient/prometheus-query";
    const reading = async () => JSON.parse(await controlPlane.kubectl(["get", "--raw", path])).items[0]?.value;
    await until("a reading of the waypoint", async () => /^(7\d{3}m|8\d{3}m|8)$/.test(await reading()), 120);
    const stepAt = Date.now();
    traffic.offer(destination, 48);
    await observer.until("five pods", 60, () => observer.rescales.at(-1)?.to === 5);
    const seconds = (Date.now() - stepAt) / 1_000;
    process.stdout.write(`five pods behind a waypoint after ${seconds.toFixed(0)} s\n`);
    expect(seconds).toBeLessThan(2 * SYNC + SCRAPE);
    traffic.offer(destination, 8);
    await observer.until("one pod", 240, () => observer.rescales.at(-1)?.to === 1);
  } finally {
    observer.stop();
  }
}, 480_000);
