import { MetricsAdapter, NeighbourAdapter } from "@asm-autoscaler/asm-autoscaler/adapter";
import { ensureBinaries } from "../../src/binaries.ts";
import { type LocalCluster, startLocalCluster } from "../../src/localCluster.ts";
import { createTeardown } from "../../src/teardown.ts";
import { KEDA_SERVICE, type Keda, startKeda } from "../keda.ts";
import { NAMESPACE, type Neighbour, startNeighbour } from "../neighbour.ts";
import { API, deployment, hpa, OURS, ours, TEST_ADAPTER_METRIC, theirs } from "../neighbourReads.ts";
import { until } from "../until.ts";
import { createReader, prometheusAdapterSpec, type Reader, startQueue } from "./neighbourRoom.ts";

/** One cluster with KEDA, prometheus-adapter and the test adapter of custom-metrics-apiserver beside our adapter. */

/** Read of the metric of a ScaledObject, as KEDA's HPA sends it. */
export const kedaRead = (metric: string, scaledObject: string) =>
  `${API}/namespaces/default/${metric}?labelSelector=scaledobject.keda.sh%2Fname%3D${scaledObject}`;

/** One read of each adapter. */
export const READS = {
  ours: OURS,
  keda: kedaRead("s0-prometheus", "messages"),
  "prometheus-adapter": `${API}/namespaces/default/queue_length`,
  "test-adapter": `${TEST_ADAPTER_METRIC}?labelSelector=foo%3Dbar`,
} as const;
export type Owner = keyof typeof READS;
export const OWNERS = Object.keys(READS) as Owner[];

/** The Deployments, and the pods that their metrics ask for. */
export const SIZES = { ours: 4, theirs: 5, queue: 3, messages: 6, clock: 7 };

/** A ScaledObject of KEDA for the Deployment with its name. */
export const scaledObject = (name: string, trigger: object) => ({
  apiVersion: "keda.sh/v1alpha1",
  kind: "ScaledObject",
  metadata: { name, namespace: "default" },
  spec: { scaleTargetRef: { name }, minReplicaCount: 1, maxReplicaCount: 10, triggers: [trigger] },
});

const prometheusTrigger = (serverAddress: string) => ({
  type: "prometheus",
  metadata: { serverAddress, query: "sum(queue_length)", threshold: "5" },
});
/** Active all year, except for the first minute. */
const cronTrigger = {
  type: "cron",
  metadata: { timezone: "UTC", start: "1 0 1 1 *", end: "0 0 1 1 *", desiredReplicas: String(SIZES.clock) },
};

export interface KedaRoom {
  readonly cluster: LocalCluster;
  readonly keda: Keda;
  readonly neighbours: Readonly<Record<"prometheus-adapter" | "test-adapter", Neighbour>>;
  readonly reader: Reader;
  kubectl(...args: string[]): Promise<string>;
  apply(...items: object[]): Promise<string>;
  /** The present numbers of pods, for comparison with SIZES. */
  sizes(): Promise<Record<string, number>>;
  works(owner: Owner): Promise<boolean>;
  /** What our adapter has logged. */
  adapterLog(): Promise<string>;
  /** Deploys our adapter, with the three neighbours as delegates. */
  startOurs(options?: { registerApiService?: boolean }): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the cluster and the neighbours. Our adapter does not run yet. */
export async function startKedaRoom(options: { patching: boolean }): Promise<KedaRoom> {
  const programs = await ensureBinaries(["test-adapter", "prometheus-adapter"]);
  const teardown = createTeardown();
  const queue = await startQueue();
  teardown.add(async () => queue.close());
  try {
    const cluster = await startLocalCluster({ scrapeConfigs: [queue.scrapeConfig] });
    teardown.add(() => cluster.stop());
    const { controlPlane, engine } = cluster;
    const apply = (...items: object[]) =>
      controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    const kubectl = (...args: string[]) => controlPlane.kubectl(args);
    const keda = await startKeda(controlPlane, options);
    teardown.add(() => keda.stop());
    const testAdapter = { name: "test-adapter", program: programs["test-adapter"], component: 40 };
    const prometheusAdapter = await prometheusAdapterSpec(controlPlane, programs["prometheus-adapter"]);
    const neighbours = {
      "test-adapter": await startNeighbour(controlPlane, testAdapter),
      "prometheus-adapter": await startNeighbour(controlPlane, prometheusAdapter),
    };
    for (const neighbour of Object.values(neighbours)) teardown.add(() => neighbour.stop(0));
    await apply(
      ...Object.keys(SIZES).map(deployment),
      ...[ours, theirs, hpa("queue", { name: "queue_length" }, "10")],
      scaledObject("messages", prometheusTrigger(controlPlane.prometheusUrl)),
      scaledObject("clock", cronTrigger),
    );
    const reader = await createReader(controlPlane);
    teardown.add(async () => reader.close());
    const works = async (owner: Owner) => (await reader.read(READS[owner])).status === 200;
    const program = (registerApiService: boolean) => async () => {
      new MetricsAdapter("adapter", {
        prometheus: { url: controlPlane.prometheusUrl },
        replicas: 1,
        registerApiService,
        delegates: [
          { type: NeighbourAdapter.Keda, service: `${KEDA_SERVICE}:6443` },
          ...Object.keys(neighbours).map((name) => ({
            name,
            service: `${NAMESPACE}/${name}:6443`,
            caSecret: `${NAMESPACE}/${name}-ca`,
            metrics: name === "test-adapter" ? ["my-external-metric"] : [],
          })),
        ],
      });
    };
    return {
      ...{ cluster, keda, neighbours, reader, kubectl, apply, works },
      async sizes() {
        const text = await kubectl("get", "deployments", "-o", "json");
        const { items } = JSON.parse(text) as { items: { metadata: { name: string }; spec: { replicas: number } }[] };
        return Object.fromEntries(items.map(({ metadata, spec }) => [metadata.name, spec.replicas]));
      },
      async adapterLog() {
        const pod = await kubectl(
          ...["-n", "kube-system", "get", "pod", "-l", "app.kubernetes.io/name=asm-metrics-adapter"],
          ...["-o", "jsonpath={.items[0].metadata.name}"],
        );
        return cluster.kubelet.readPodLog("kube-system", pod);
      },
      async startOurs({ registerApiService = true } = {}) {
        const spec = { project: "keda", stack: "adapter", program: program(registerApiService) };
        await (await engine.stack(spec)).up();
        if (registerApiService)
          await until("all metrics", async () => (await Promise.all(OWNERS.map(works))).every(Boolean), 60);
      },
      stop: teardown.run,
    };
  } catch (error) {
    await teardown.run().catch(() => undefined);
    throw error;
  }
}
