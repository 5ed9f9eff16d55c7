import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type Problem, readRules } from "@asm-autoscaler/hpa-metrics";
import type { CustomRead } from "../api/customMetrics.ts";
import type { Kubernetes, WatchEvent } from "../kubernetes/client.ts";
import { KubernetesError } from "../kubernetes/client.ts";
import { parseSelector } from "../kubernetes/labelSelectorParser.ts";
import type { Log } from "../kubernetes/log.ts";
import type { Answer } from "../prometheus/answer.ts";
import type { SeriesList } from "../prometheus/seriesNames.ts";
import { createRules, type Rules } from "./rules.ts";

/** Rules with a fake cluster and a fake Prometheus. */
export interface Scene {
  readonly rules: Rules;
  /** Writes the file of the rules. */
  write(text: string): void;
  /** The texts of the queries that Prometheus got. */
  readonly queries: string[];
  /** The selectors whose series were listed. */
  readonly listed: string[];
  /** What Prometheus answers. */
  answer: (query: string) => Answer;
  series: (match: string) => SeriesList;
  /** Pods by `namespace/name`, with their labels. */
  readonly pods: Map<string, Record<string, string>>;
  /** Sends a watch event of a pod. */
  event(type: "ADDED" | "DELETED", id: string, labels?: Record<string, string>): void;
  /** Lets the watch of the pods of a namespace fail. */
  breakWatch(namespace: string): Promise<void>;
  /** One turn of the event loop. */
  turn(): Promise<void>;
  /** If set, lists of objects fail with this HTTP status. */
  refuse: number;
  /** Paths that were listed. */
  readonly lists: string[];
  /** Lines of the log. */
  readonly lines: string[];
  /** Moves both clocks, in ms. */
  pass(ms: number): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** An answer with these samples: labels as `name=value,…` and a value. */
export function samples(all: Readonly<Record<string, number>>): Answer {
  return {
    ok: true,
    evaluatedAt: NOW,
    samples: Object.entries(all).map(([labels, value]) => ({
      labels: Object.fromEntries(labels.split(",").map((pair) => pair.split("=") as [string, string])),
      value,
    })),
  };
}

/** A list of series by name, each with the names of its labels. */
export function seriesOf(all: Readonly<Record<string, readonly string[]>>, problem?: Problem): SeriesList {
  const names = new Map(Object.entries(all).map(([name, labels]) => [name, new Set(labels)]));
  return { names, ...(problem ? { problem } : {}) };
}

/** A read of the custom metrics API: `pods`, `*` and a selector, in namespace `shop`. */
export function customRead(
  read: Partial<Omit<CustomRead, "objects" | "series">> & { objects?: string; series?: string },
): CustomRead {
  const selector = (text = "") => {
    const parsed = parseSelector(text);
    if (!parsed.ok) throw new Error(text);
    return parsed.selector;
  };
  return {
    ...{ namespace: "shop", group: "", resource: "pods", name: "*", metric: "http_requests" },
    ...read,
    objects: selector(read.objects),
    series: selector(read.series),
  };
}

const NOW = Date.UTC(2026, 10, 29);

export function ruleScene(text: string): Scene {
  const path = join(mkdtempSync(join(tmpdir(), "rules-")), "config.yaml");
  writeFileSync(path, text);
  let at = NOW;
  let [stop, ended] = [new AbortController(), Promise.resolve()];
  const watches = new Map<string, { onEvent: (event: WatchEvent) => void; fail: (error: Error) => void }>();
  const lines: string[] = [];
  const log: Log = {
    info: () => undefined,
    warn: (_fields, line) => lines.push(line),
    error: (_fields, line) => lines.push(line),
  };
  const podOf = (id: string, labels: Record<string, string>) => {
    const [namespace = "", name = ""] = id.split("/");
    return { metadata: { namespace, name, labels, resourceVersion: "2" } };
  };
  const kubernetes: Kubernetes = {
    server: "https://kubernetes",
    token: async () => undefined,
    async call(_method, called) {
      if (called === "/api" || called === "/apis")
        return { kind: "APIGroupDiscoveryList", items: called === "/api" ? CORE : GROUPS };
      scene.lists.push(called);
      if (scene.refuse > 0) throw new KubernetesError(scene.refuse, "refused");
      const namespace = /namespaces\/([^/]+)\/pods$/.exec(called)?.[1];
      const items = [...scene.pods]
        .filter(([id]) => id.startsWith(`${namespace}/`))
        .map(([id, labels]) => podOf(id, labels));
      return { metadata: { resourceVersion: "1" }, items };
    },
    watch: (watched, _query, onEvent, signal) =>
      new Promise((resolve, fail) => {
        watches.set(watched, { onEvent, fail });
        signal.addEventListener("abort", () => resolve(), { once: true });
      }),
  };
  const scene: Scene = {
    queries: [],
    listed: [],
    lists: [],
    lines,
    answer: () => samples({}),
    series: () => seriesOf({}),
    pods: new Map(),
    refuse: 0,
    rules: createRules({
      ...{ path, kubernetes, log, read: (config) => readRules(config) },
      clock: { monotonic: () => at, wall: () => at },
      ...{ relistMs: 600_000, maxAgeMs: 600_000, ttlMs: 30_000, defaultIntervalMs: 0 },
      prometheus: {
        async series(match) {
          scene.listed.push(match);
          return scene.series(match);
        },
        evaluate: (questions) =>
          questions.map(async ({ query }) => {
            scene.queries.push(query.text);
            return scene.answer(query.text);
          }),
      },
    }),
    write: (next: string) => writeFileSync(path, next),
    event(type: "ADDED" | "DELETED", id: string, labels: Record<string, string> = {}) {
      watches.get(`/api/v1/namespaces/${id.split("/")[0]}/pods`)?.onEvent({ type, object: podOf(id, labels) });
    },
    async breakWatch(namespace: string) {
      watches.get(`/api/v1/namespaces/${namespace}/pods`)?.fail(new Error("the connection is lost"));
      await setImmediate();
    },
    turn: () => setImmediate(),
    pass(ms: number) {
      at += ms;
    },
    async start() {
      stop = new AbortController();
      ended = scene.rules.run(stop.signal);
      await scene.rules.listed;
    },
    async stop() {
      stop.abort();
      await ended;
    },
  };
  return scene;
}

const kind = (resource: string, name: string, scope: "Namespaced" | "Cluster" = "Namespaced") => ({
  ...{ resource, singularResource: name.toLowerCase(), scope, responseKind: { kind: name } },
});
const CORE = [
  {
    metadata: {},
    versions: [
      {
        version: "v1",
        resources: [kind("pods", "Pod"), kind("services", "Service"), kind("namespaces", "Namespace", "Cluster")],
      },
    ],
  },
];
const GROUPS = [
  { metadata: { name: "apps" }, versions: [{ version: "v1", resources: [kind("deployments", "Deployment")] }] },
  {
    metadata: { name: "networking.k8s.io" },
    versions: [{ version: "v1", resources: [kind("ingresses", "Ingress")] }],
  },
];
