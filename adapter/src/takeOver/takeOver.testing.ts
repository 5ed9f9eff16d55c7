import { CUSTOM_API_SERVICES, EXTERNAL_API_SERVICE } from "@asm-autoscaler/hpa-metrics";
import type { Connection } from "../delegates/connection.ts";
import { KubernetesError } from "../kubernetes/client.ts";
import { type FakeCluster, fakeCluster } from "../serving/kubernetes.testing.ts";
import { makeServingPair } from "../serving/servingCertificate.ts";
import { createTakeOver, type TakeOver, type TakeOverOptions } from "./takeOver.ts";

/** The API that a scene is about. */
export interface SceneApi {
  /** The APIServices that the adapter serves. Only the first exists, as the charts of other adapters register it. */
  readonly apiServices: readonly [string, ...string[]];
  /** What the keys of the order begin with. */
  readonly prefix: string;
  /** An HPA with metrics of this API. */
  hpa(name: string, ...metrics: string[]): object;
  /** A metric of it in words. */
  words(metric: string): string;
}

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
  /** What the order says about the API: `message` and so on, and the keys of the order as a whole. */
  data(): Readonly<Record<string, string>>;
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

/** An HPA with these `spec.metrics`. */
export const hpaOf = (name: string, metrics: readonly object[]) => ({
  metadata: { namespace: "test", name },
  spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name }, maxReplicas: 3, metrics },
});
const target = { type: "Value", value: "1" };

export const EXTERNAL: SceneApi = {
  apiServices: [EXTERNAL_API_SERVICE],
  prefix: "",
  hpa: (name, ...metrics) =>
    hpaOf(
      name,
      metrics.map((metric) => ({ type: "External", external: { metric: { name: metric }, target } })),
    ),
  words: (metric) => `external metric "${metric}"`,
};

const described = { apiVersion: "v1", kind: "Service", name: "web" };

export const CUSTOM: SceneApi = {
  apiServices: CUSTOM_API_SERVICES,
  prefix: "custom.",
  hpa: (name, ...metrics) =>
    hpaOf(
      name,
      metrics.map((metric) => ({
        type: "Object",
        object: { metric: { name: metric }, describedObject: described, target },
      })),
    ),
  words: (metric) => `Object metric "${metric}" of Service web`,
};

/** For `describe.each`: what is true of the take-over of each API. */
export const APIS: readonly (readonly [string, SceneApi])[] = [
  ["external metrics", EXTERNAL],
  ["custom metrics", CUSTOM],
];

export const inBase64 = (text: string) => Buffer.from(text).toString("base64");

export async function takeOverScene(api: SceneApi = EXTERNAL): Promise<TakeOverScene> {
  const cluster = fakeCluster(api.apiServices[0]);
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
      const path = target.split("?")[0] ?? "";
      const metric = path.includes("/namespaces/") ? path.split("/").at(-1) : undefined;
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
    data: () =>
      Object.fromEntries(
        Object.entries(cluster.order?.data ?? {}).flatMap(([key, value]) => {
          if (["reporter", "reportedAt", "progress"].includes(key)) return [[key, value]];
          return key.startsWith(api.prefix) ? [[key.slice(api.prefix.length), value]] : [];
        }),
      ),
    start: (own = {}) =>
      createTakeOver({
        kubernetes: cluster.kubernetes,
        service: { namespace: "kube-system", name: "adapter" },
        apiServices: api.apiServices,
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
