import type { ControlPlane, LoneTarget } from "control-plane";
import { namespaceOf } from "../standIn.ts";

/** Workloads with an HPA on a Pods metric, and their pods. */
export interface PodFleet {
  readonly hpas: number;
  /** Pods of each workload. */
  readonly pods: number;
}

const METRIC = "http_requests_per_second";
/** Writes under way at a time. */
const WRITERS = 32;

/** The rule that serves the metric of all pods, as a user of prometheus-adapter writes it. */
export const RULES = {
  rules: [
    {
      seriesQuery: 'http_requests_total{namespace!="",pod!=""}',
      resources: { overrides: { namespace: { resource: "namespace" }, pod: { resource: "pod" } } },
      name: { matches: "^(.*)_total$", as: `\${1}_per_second` },
      metricsQuery: "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)",
    },
  ],
};

/** The paths that the HPA controller reads, one for each HPA. */
export function podsMetricPaths({ hpas }: PodFleet): string[] {
  return Array.from({ length: hpas }, (_, index) => {
    const selector = encodeURIComponent(`app=service-${index}`);
    return `/apis/custom.metrics.k8s.io/v1beta2/namespaces/${namespaceOf(index)}/pods/*/${METRIC}?labelSelector=${selector}`;
  });
}

/** Two series for each pod. Each namespace has a path of its own. */
export function fleetSeries(fleet: PodFleet): Pick<LoneTarget, "paths" | "metrics"> {
  const lines = new Map<string, string[]>();
  for (const { namespace, pod } of podsOf(fleet)) {
    const path = `/${namespace}`;
    const own = ["GET", "POST"].map((method) => {
      const labels = `namespace="${namespace}",pod="${pod}",method="${method}"`;
      return `http_requests_total{${labels}}`;
    });
    lines.set(path, [...(lines.get(path) ?? []), ...own]);
  }
  const begun = Date.now() - 1_000_000;
  const metrics = (path: string) => {
    const seconds = Math.round((Date.now() - begun) / 1_000);
    return (lines.get(path) ?? []).map((series, index) => `${series} ${seconds * (1 + (index % 7))}\n`).join("");
  };
  return { paths: [...lines.keys()], metrics };
}

/**
 * Creates the HPAs, their Deployments and the pods in the API server. The Deployments have no replicas, so that the HPA
 * controller reads no metric, and no node runs the pods: who reads the metrics is the benchmark.
 */
export async function createFleet(controlPlane: ControlPlane, fleet: PodFleet): Promise<void> {
  const indices = Array.from({ length: fleet.hpas }, (_, index) => index);
  const namespaces = [...new Set(indices.map(namespaceOf))];
  const namespaced = (path: string, namespace: string) => `${path}/namespaces/${namespace}`;
  await createAll(
    controlPlane,
    namespaces.map((name) => ["/api/v1/namespaces", { metadata: { name } }]),
  );
  const workloads = indices.flatMap((index): Creation[] => {
    const [name, namespace] = [`service-${index}`, namespaceOf(index)];
    return [
      [`${namespaced("/apis/apps/v1", namespace)}/deployments`, deployment(name)],
      [`${namespaced("/apis/autoscaling/v2", namespace)}/horizontalpodautoscalers`, hpa(name)],
    ];
  });
  await createAll(controlPlane, workloads);
  await createAll(
    controlPlane,
    podsOf(fleet).map(({ namespace, app, pod }) => [`${namespaced("/api/v1", namespace)}/pods`, podObject(pod, app)]),
  );
}

type Creation = readonly [collection: string, object: object];

function podsOf({ hpas, pods }: PodFleet) {
  return Array.from({ length: hpas * pods }, (_, number) => {
    const index = Math.floor(number / pods);
    const app = `service-${index}`;
    return { namespace: namespaceOf(index), app, pod: `${app}-7d9c5b6f4-${String(number % pods).padStart(5, "x")}` };
  });
}

async function createAll({ kubernetes }: ControlPlane, creations: readonly Creation[]): Promise<void> {
  let next = 0;
  const writer = async () => {
    for (let creation = creations[next++]; creation; creation = creations[next++]) {
      const [collection, object] = creation;
      const headers = { "content-type": "application/json" };
      // A namespace refuses pods until it has its ServiceAccount.
      for (let attempt = 0; ; attempt++) {
        const answer = await kubernetes.request(collection, { method: "POST", headers, body: JSON.stringify(object) });
        const text = await answer.text();
        if (answer.ok || answer.status === 409) break;
        if (attempt > 50) throw new Error(`${collection}: ${text}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
}

const template = (app: string) => ({ metadata: { labels: { app } }, spec: podSpec });
const podSpec = {
  nodeSelector: { nowhere: "" },
  automountServiceAccountToken: false,
  containers: [{ name: "app", image: "docker.io/stefanprodan/podinfo:6.9.2", ports: [{ containerPort: 9898 }] }],
};
const podObject = (name: string, app: string) => ({ metadata: { name, labels: { app } }, spec: podSpec });
const deployment = (name: string) => ({
  metadata: { name },
  spec: { replicas: 0, selector: { matchLabels: { app: name } }, template: template(name) },
});
const hpa = (name: string) => ({
  metadata: { name },
  spec: {
    maxReplicas: 50,
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
    metrics: [
      { type: "Pods", pods: { metric: { name: METRIC }, target: { type: "AverageValue", averageValue: "10" } } },
    ],
  },
});
