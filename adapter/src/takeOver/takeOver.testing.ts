import { EXTERNAL_API_SERVICE } from "@asm-autoscaler/hpa-metrics";
import type { Connection } from "../delegates/connection.ts";
import { KubernetesError } from "../kubernetes/client.ts";
import { type FakeCluster, fakeCluster } from "../serving/kubernetes.testing.ts";
import { makeServingPair } from "../serving/servingCertificate.ts";
import { createTakeOver, type TakeOver, type TakeOverOptions } from "./takeOver.ts";

/** A cluster in which KEDA owns the APIService, and replicas of the adapter that look for an order. */
export interface TakeOverScene {
  readonly cluster: FakeCluster;
  readonly time: { ms: number };
  /** The lines of the log. */
  readonly told: string[];
  /** Metrics that the present owner and that this adapter serve, and what the latter answers about its API. */
  readonly serves: {
    owner: Set<string>;
    ours: Set<string>;
    api: number;
    /** What this adapter answers for other metrics. */
    error: { status: number; message: string };
  };
  /** The CA (PEM) of the adapter, and the CA of KEDA. */
  readonly ours: string;
  readonly theirs: string;
  start(own?: Partial<TakeOverOptions>): TakeOver;
  /** Lets the replicas look in turns, until each has looked so many times. */
  look(rounds: number, ...replicas: readonly TakeOver[]): Promise<void>;
  /** Called during each wait of a replica. */
  onWait: (() => void) | undefined;
}

export const KEDA = "keda/keda-operator-metrics-apiserver";
/** The time of the clock when the scene begins, in Unix ms. */
const START = Date.parse("2026-01-01T00:00:00Z");
const NOT_SERVED = { status: 404, message: "ASM_METRIC_NOT_SERVED: nobody serves it" };
const FINALIZER = "asm-metrics-adapter/give-back";

/** An order as `kubectl create configmap` makes it, or with the finalizer. */
export const order = (finalizers: string[] = [FINALIZER]) => ({ finalizers });

/** An HPA with external metrics. */
export const hpa = (name: string, ...metrics: string[]) => ({
  metadata: { namespace: "test", name },
  spec: {
    scaleTargetRef: { kind: "Deployment", name },
    maxReplicas: 3,
    metrics: metrics.map((metric) => ({
      type: "External",
      external: { metric: { name: metric }, target: { type: "Value", value: "1" } },
    })),
  },
});

export const inBase64 = (text: string) => Buffer.from(text).toString("base64");

export async function takeOverScene(): Promise<TakeOverScene> {
  const cluster = fakeCluster();
  const [ours, theirs] = await Promise.all([authority("adapter"), authority("keda")]);
  const time = { ms: 0 };
  const told: string[] = [];
  const note = (_: object, sentence: string) => void told.push(sentence);
  const serves: TakeOverScene["serves"] = { owner: new Set(), ours: new Set(), api: 200, error: NOT_SERVED };
  cluster.apiService = { owner: KEDA, caBundle: inBase64(theirs) };
  cluster.metric = (path) => {
    if (serves.owner.has(path.split("/").at(-1) ?? "")) return { items: [{ value: "1" }] };
    throw new KubernetesError(404, "the server could not find the metric");
  };
  const connection: Connection = {
    async get(target) {
      const metric = target.split("?")[0]?.split("/")[6];
      const isServed = metric !== undefined && serves.ours.has(metric);
      const [status, body] =
        metric === undefined
          ? [serves.api, { message: "not ready" }]
          : isServed
            ? [200, { items: [{ value: "1" }] }]
            : [serves.error.status, { message: serves.error.message }];
      return { status, contentType: "application/json", body: Buffer.from(JSON.stringify(body)) };
    },
    trust: () => undefined,
    close: async () => undefined,
  };
  let replicas = 0;
  const scene: TakeOverScene = {
    ...{ cluster, time, told, serves, ours, theirs, onWait: undefined },
    start: (own = {}) =>
      createTakeOver({
        kubernetes: cluster.kubernetes,
        service: { namespace: "kube-system", name: "adapter" },
        apiServices: [EXTERNAL_API_SERVICE],
        keepsPair: true,
        authorities: () => [ours],
        connect: () => connection,
        replica: `replica-${++replicas}`,
        contestProblems: () => [],
        clock: { monotonic: () => time.ms, wall: () => START + time.ms },
        async wait(ms) {
          time.ms += ms;
          scene.onWait?.();
        },
        log: { info: note, warn: note, error: note },
        presentCa: async () => undefined,
        ...own,
      }),
    async look(rounds, ...replicas) {
      for (let round = 0; round < rounds; round++) {
        await Promise.all(replicas.map((replica) => replica.look()));
        time.ms += 1_000;
      }
    },
  };
  return scene;
}

async function authority(serviceName: string): Promise<string> {
  return (await makeServingPair({ serviceName, namespace: "kube-system" }, Date.now())).authority.cert;
}
