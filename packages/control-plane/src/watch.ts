import { setTimeout as delay } from "node:timers/promises";
import type { RequestInit, Response } from "undici";

/** Fields of every object in a list or watch. client-node's models satisfy this type. */
export interface WatchedObject {
  apiVersion?: string;
  kind?: string;
  metadata?: { name?: string; namespace?: string; uid?: string; resourceVersion?: string };
}

/** A change of an object. DELETED has the last known state of the object. */
export interface WatchEvent<T> {
  type: "ADDED" | "MODIFIED" | "DELETED";
  object: T;
}

export interface WatchOptions<T> {
  /** Called in order, one event at a time. An exception goes to `onProblem`, and the watch continues. */
  onEvent(event: WatchEvent<T>): void;
  /** Called for every failed list, broken watch and exception in `onEvent`. The watch retries automatically. */
  onProblem?(problem: Error): void;
}

export interface Watch {
  /**
   * Resolves when the complete first list has been reported, or when the watch is stopped before that. Never rejects.
   */
  readonly synced: Promise<void>;
  stop(): void;
}

interface List<T> {
  metadata: { resourceVersion: string };
  items: T[];
}
type Line<T> =
  | { type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK"; object: T }
  | { type: "ERROR"; object: { code?: number; message?: string } };

const listSeconds = 30;
// The API server ends the watch after this time. The next watch continues from the same version.
const watchSeconds = 300;
const firstBackoff = 100;
const longestBackoff = 5_000;

/** Lists and watches a path; see `Kubernetes.watchObjects`. */
export function watchList<T extends WatchedObject>(
  request: (path: string, init?: RequestInit) => Promise<Response>,
  path: string,
  options: WatchOptions<T>,
): Watch {
  const stopping = new AbortController();
  let setSynced = () => {};
  const synced = new Promise<void>((resolve) => {
    setSynced = resolve;
  });
  const known = new Map<string, T>();

  const tell = (type: WatchEvent<T>["type"], object: T): void => {
    if (stopping.signal.aborted) return;
    const key = `${object.metadata?.namespace ?? ""}/${object.metadata?.name ?? ""}`;
    if (type === "DELETED") known.delete(key);
    else known.set(key, object);
    try {
      options.onEvent({ type, object });
    } catch (error) {
      options.onProblem?.(asError(error));
    }
  };

  async function list(): Promise<string> {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(listSeconds * 1000)]);
    const response = await request(path, { signal });
    if (!response.ok) throw new Error(`listing ${path} was answered with ${response.status}: ${await response.text()}`);
    const { metadata, items } = (await response.json()) as List<T>;
    const gone = new Map(known);
    for (const object of items) {
      const key = `${object.metadata?.namespace ?? ""}/${object.metadata?.name ?? ""}`;
      const before = gone.get(key);
      gone.delete(key);
      if (before !== undefined && before.metadata?.uid !== object.metadata?.uid) {
        tell("DELETED", before);
        tell("ADDED", object);
      } else if (before?.metadata?.resourceVersion !== object.metadata?.resourceVersion) {
        tell(before === undefined ? "ADDED" : "MODIFIED", object);
      }
    }
    for (const object of gone.values()) tell("DELETED", object);
    return metadata.resourceVersion;
  }

  /** @returns the version from which the next watch continues, or undefined if the list must be read again. */
  async function watch(from: string): Promise<string | undefined> {
    const query = `watch=true&allowWatchBookmarks=true&resourceVersion=${from}&timeoutSeconds=${watchSeconds}`;
    // A connection that is lost without an error must not block the watch forever.
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout((watchSeconds + 30) * 1000)]);
    const response = await request(`${path}${path.includes("?") ? "&" : "?"}${query}`, { signal });
    if (!response.ok || response.body === null) {
      throw new Error(`watching ${path} was answered with ${response.status}: ${await response.text()}`);
    }
    let version = from;
    for await (const text of lines(response.body)) {
      const line = JSON.parse(text) as Line<T>;
      if (line.type === "ERROR") {
        if (line.object.code === 410) return undefined; // Gone: the version is older than what the API server keeps.
        throw new Error(`watching ${path} failed: ${line.object.message ?? text}`);
      }
      version = line.object.metadata?.resourceVersion ?? version;
      if (line.type !== "BOOKMARK") tell(line.type, line.object);
    }
    return version;
  }

  async function run(): Promise<void> {
    let version: string | undefined;
    let backoff = firstBackoff;
    while (!stopping.signal.aborted) {
      try {
        if (version === undefined) {
          version = await list();
          setSynced();
        }
        version = await watch(version);
        backoff = firstBackoff;
      } catch (error) {
        if (stopping.signal.aborted) break;
        options.onProblem?.(asError(error));
        version = undefined;
        await delay(backoff * (0.5 + Math.random()), undefined, { signal: stopping.signal }).catch(() => {});
        backoff = Math.min(backoff * 2, longestBackoff);
      }
    }
    setSynced();
  }

  void run();
  return { synced, stop: () => stopping.abort() };
}

async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
