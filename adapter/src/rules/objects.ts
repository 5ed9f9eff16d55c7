import { type ClusterResource, type Problem, problem, record } from "@asm-autoscaler/hpa-metrics";
import { type Clock, within } from "../clock.ts";
import type { Kubernetes } from "../kubernetes/client.ts";
import type { Selector } from "../kubernetes/labelSelector.ts";
import { METADATA_ONLY, watchCollection } from "../kubernetes/listWatch.ts";
import { createPauses, pause } from "../kubernetes/pause.ts";
import { createObjectStore, type ObjectStore } from "./objectStore.ts";
import { MOST_SERIES } from "./objectValues.ts";

/** Names of objects, for reads of all objects that a selector matches. */
export interface Objects {
  /** Waits for the first list of the namespace for LIST_WAIT_MS at most. */
  names(resource: ClusterResource, namespace: string, selector: Selector): Promise<NamesResult>;
  /** The names that are known now. Undefined if the namespace is not listed. It does not count as a read. */
  known(resource: ClusterResource, namespace: string, selector: Selector): readonly string[] | undefined;
  state(): ObjectsState;
  run(signal: AbortSignal): Promise<void>;
}

type NamesResult =
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly problem: Problem };

export interface ObjectsState {
  /** Watches that run, and the objects in memory. */
  readonly watches: number;
  readonly objects: number;
}

/** How long a read waits for the first list, in ms. The rest of its second is for the query. */
const LIST_WAIT_MS = 400;
/** A watch without a read for this time ends, in ms. */
const UNREAD_MS = 600_000;
const SWEEP_MS = 60_000;
/** Maximum number of watches, and of objects of all watches together. */
const MOST_WATCHES = 2_000;
const MOST_OBJECTS = 500_000;
/**
 * How long the names from before a failed watch are used, in ms. Failed attempts are repeated every 15 s. The HPA controller
 * also averages the values of pods that no longer exist, so older names can cause a scale-down.
 * Source: pkg/controller/podautoscaler/metrics/utilization.go of Kubernetes.
 */
const MOST_STALE_MS = 60_000;

interface Collection {
  store: ObjectStore | undefined;
  readonly listed: Promise<void>;
  readonly stop: AbortController;
  readAt: number;
  /** Why the objects are not listed, or not up to date, and since when, in ms of the monotonic clock. */
  problem: Problem | undefined;
  failedAt: number | undefined;
}

/**
 * Creates the names. The first read of a kind in a namespace starts a watch of the metadata of all its objects there.
 * One watch serves all selectors of the namespace, and only names and labels stay in memory: about 150 bytes for a pod.
 * Needs `list` and `watch` on the kind.
 */
export function createObjects(
  kubernetes: Kubernetes,
  clock: Pick<Clock, "monotonic">,
  onProblem: (problem: Problem) => void,
): Objects {
  const collections = new Map<string, Collection>();
  let isStopped = false;

  const count = () => [...collections.values()].reduce((sum, { store }) => sum + (store?.size() ?? 0), 0);

  const start = (path: string): Collection => {
    const { promise: listed, resolve } = Promise.withResolvers<void>();
    const stop = new AbortController();
    const collection: Collection = {
      ...{ store: undefined, listed, stop, readAt: clock.monotonic(), problem: undefined, failedAt: undefined },
    };
    const trouble = (message: string) => {
      const found = problem("ASM_CUSTOM_OBJECTS", message);
      if (found.message !== collection.problem?.message) onProblem(found);
      collection.problem = found;
      collection.failedAt ??= clock.monotonic();
    };
    const events = {
      parse: parseMetadata,
      async onList(all: Metadata[]) {
        if (count() - (collection.store?.size() ?? 0) + all.length > MOST_OBJECTS) {
          trouble(`${path} has ${all.length} objects, and the adapter stores at most ${MOST_OBJECTS} objects in all`);
          collection.store = undefined;
          resolve();
          stop.abort();
          return;
        }
        // The store before stays in use until the new one is whole.
        const store = createObjectStore();
        const inTurns = createPauses();
        for (const { name, labels } of all) {
          store.put(name, labels);
          await inTurns();
        }
        Object.assign(collection, { store, problem: undefined, failedAt: undefined });
        resolve();
      },
      onChange: ({ name, labels }: Metadata) => collection.store?.put(name, labels),
      onDelete: ({ name }: Metadata) => collection.store?.remove(name),
      onError(sentence: string) {
        trouble(`${path} cannot be listed or watched: ${sentence}`);
        resolve();
      },
    };
    void watchCollection(kubernetes, path, {}, events, stop.signal, METADATA_ONLY);
    return collection;
  };

  const collectionOf = (resource: ClusterResource, namespace: string): Collection | undefined => {
    const path = pathOf(resource, namespace);
    const known = collections.get(path);
    // One that was stopped because it has too many objects is listed again after the next sweep, not at each read.
    if (known) {
      known.readAt = clock.monotonic();
      return known;
    }
    if (isStopped || collections.size >= MOST_WATCHES) return undefined;
    const collection = start(path);
    collections.set(path, collection);
    return collection;
  };

  const isStale = ({ failedAt }: Collection) => failedAt !== undefined && clock.monotonic() - failedAt > MOST_STALE_MS;

  const sweep = () => {
    for (const [path, { readAt, stop }] of collections) {
      if (clock.monotonic() - readAt < UNREAD_MS && !stop.signal.aborted) continue;
      stop.abort();
      collections.delete(path);
    }
  };

  return {
    async names(resource, namespace, selector) {
      const collection = collectionOf(resource, namespace);
      if (!collection) return { ok: false, problem: noWatch() };
      if (!collection.store) await within(collection.listed, LIST_WAIT_MS);
      const { store } = collection;
      if (!store || isStale(collection))
        return { ok: false, problem: collection.problem ?? notListed(resource, namespace) };
      const names = store.names(selector);
      if (names.length > MOST_SERIES) return { ok: false, problem: tooMany(resource, names.length) };
      return { ok: true, names };
    },
    known: (resource, namespace, selector) => collections.get(pathOf(resource, namespace))?.store?.names(selector),
    state: () => ({ watches: collections.size, objects: count() }),
    async run(signal) {
      while (!signal.aborted) {
        await pause(SWEEP_MS, signal);
        sweep();
      }
      isStopped = true;
      for (const { stop } of collections.values()) stop.abort();
      collections.clear();
    },
  };
}

function pathOf({ group, version, resource, isNamespaced }: ClusterResource, namespace: string): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return isNamespaced ? `${root}/namespaces/${encodeURIComponent(namespace)}/${resource}` : `${root}/${resource}`;
}

interface Metadata {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

function parseMetadata(object: unknown): Metadata | undefined {
  const { name, labels } = record(record(object)["metadata"]);
  if (typeof name !== "string") return undefined;
  const texts = Object.entries(record(labels)).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return { name, labels: Object.fromEntries(texts) };
}

function notListed({ resource }: ClusterResource, namespace: string): Problem {
  return problem("ASM_STARTING", `the adapter has not read the ${resource} of namespace ${namespace} yet`);
}

function tooMany({ resource }: ClusterResource, count: number): Problem {
  return problem(
    "ASM_CUSTOM_MANY_OBJECTS",
    `the selector matches ${count} ${resource}, and one read can have at most ${MOST_SERIES}`,
  );
}

function noWatch(): Problem {
  return problem("ASM_CUSTOM_OBJECTS", `objects are watched in ${MOST_WATCHES} places, which is the limit`);
}
