import { AnswerTooLarge, type Kubernetes, KubernetesError, reason, type WatchEvent } from "./client.ts";

/** What a watched collection tells: everything there is at each listing, then each change. `T` is the parsed object. */
export interface CollectionEvents<T> {
  /** Parses one object at the edge; `undefined` leaves it out. Only the result is kept, never the object. */
  parse(object: unknown): T | undefined;
  /** The whole collection, at the start and after each re-list: what is not in it is gone. The watch begins when it is done. */
  onList(items: T[]): void | Promise<void>;
  onChange(item: T): void;
  onDelete(item: T): void;
  /** The collection cannot be listed or watched; it is tried again after `retryMs`. */
  onTrouble(sentence: string, retryMs: number): void;
  /** It will be listed again: after trouble, or since the watch's version was too old, which is nothing to worry anybody with. */
  onRestart?(): void;
}

/** Objects of one page, at first and at most. The next page has as many as fit into PAGE_CHARACTERS by the size of the last. */
const FIRST_PAGE = 20;
const LARGEST_PAGE = 500;
const PAGE_CHARACTERS = 1024 * 1024;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 15_000;
const SHORTEST_WATCH_MS = 200;
/** A watch that lived so long shows that the trouble before it is over. */
const STEADY_WATCH_MS = 5_000;

/**
 * Lists a collection by pages and watches it until `signal` aborts. A dropped watch goes on from its last resource
 * version; when that is too old (410) or anything else fails, the collection is listed again after a back-off.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export async function watchCollection<T>(
  kubernetes: Kubernetes,
  path: string,
  query: Record<string, string>,
  events: CollectionEvents<T>,
  signal: AbortSignal,
): Promise<void> {
  let retryMs = FIRST_RETRY_MS;
  while (!signal.aborted) {
    try {
      let version = await list(kubernetes, path, query, events, signal);
      while (!signal.aborted) {
        const began = performance.now();
        version = await follow(kubernetes, path, { ...query, resourceVersion: version }, events, signal);
        const livedMs = performance.now() - began;
        if (livedMs > STEADY_WATCH_MS) retryMs = FIRST_RETRY_MS;
        // A server that closes every watch at once must not be asked in a tight loop.
        if (livedMs < SHORTEST_WATCH_MS) await pause(SHORTEST_WATCH_MS, signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      const jittered = Math.round(retryMs * (0.75 + Math.random() / 2));
      events.onRestart?.();
      // 410 is how the API says that the last resource version is too old.
      if (!(error instanceof KubernetesError && error.status === 410)) events.onTrouble(reason(error), jittered);
      await pause(jittered, signal);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    }
  }
}

async function list<T>(
  kubernetes: Kubernetes,
  path: string,
  query: Record<string, string>,
  events: CollectionEvents<T>,
  signal: AbortSignal,
): Promise<string> {
  const items: T[] = [];
  const version = await listPages(kubernetes, path, query, (object) => {
    const item = events.parse(object);
    if (item !== undefined) items.push(item);
    return !signal.aborted;
  });
  if (!signal.aborted) await events.onList(items);
  return version;
}

/**
 * Lists a collection, in pages of a size that neither memory nor the event loop suffers from, whatever its objects hold.
 *
 * @param onObject Gets each object in its order; false ends the listing.
 * @returns the resource version of the list.
 * @throws KubernetesError
 */
export async function listPages(
  kubernetes: Pick<Kubernetes, "call">,
  path: string,
  query: Record<string, string>,
  onObject: (object: unknown) => boolean,
): Promise<string> {
  let limit = FIRST_PAGE;
  let next: Record<string, string> = {};
  const inTurns = createPauses();
  for (;;) {
    const { page, characters } = await fetchPage(kubernetes, path, { ...query, ...next }, limit);
    for (const object of page.items) {
      if (!onObject(object)) return page.version;
      await inTurns();
    }
    if (!page.continueToken) return page.version;
    next = { continue: page.continueToken };
    limit = clamp(Math.floor((page.items.length * PAGE_CHARACTERS) / characters), 1, LARGEST_PAGE);
  }
}

/** A page of at most `limit` objects; of fewer where they are so large that the answer would not be taken. */
async function fetchPage(
  kubernetes: Pick<Kubernetes, "call">,
  path: string,
  query: Record<string, string>,
  limit: number,
): Promise<{ page: Page; characters: number }> {
  let characters = 1;
  const onLength = (length: number) => {
    characters = length;
  };
  try {
    const body = await kubernetes.call("GET", path, { query: { ...query, limit: `${limit}` }, onLength });
    return { page: parsePage(body), characters };
  } catch (error) {
    if (!(error instanceof AnswerTooLarge) || limit === 1) throw error;
    return fetchPage(kubernetes, path, query, Math.ceil(limit / 8));
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** Follows one watch connection to its end and returns the resource version to go on from. */
async function follow<T>(
  kubernetes: Kubernetes,
  path: string,
  query: Record<string, string> & { resourceVersion: string },
  events: CollectionEvents<T>,
  signal: AbortSignal,
): Promise<string> {
  let version = query.resourceVersion;
  let fault: Error | undefined;
  const onEvent = (event: WatchEvent, broken: AbortController) => {
    if (event.type === "ERROR") {
      fault = new KubernetesError(codeOf(event.object), `watch ${path}: the server ended it`);
      broken.abort();
      return;
    }
    version = versionOf(event.object) ?? version;
    if (event.type === "BOOKMARK") return;
    const item = events.parse(event.object);
    if (item === undefined) return;
    if (event.type === "DELETED") events.onDelete(item);
    else events.onChange(item);
  };
  await withOwnSignal(signal, (own) =>
    kubernetes.watch(path, { ...query, allowWatchBookmarks: "true" }, (event) => onEvent(event, own), own.signal),
  );
  if (fault) throw fault;
  return version;
}

interface Page {
  items: unknown[];
  version: string;
  continueToken: string;
}

function parsePage(body: unknown): Page {
  const { items, metadata } = record(body);
  const { resourceVersion, continue: continueToken } = record(metadata);
  if (typeof resourceVersion !== "string") throw new Error("the API server sent a list without a resourceVersion");
  return {
    items: Array.isArray(items) ? items : [],
    version: resourceVersion,
    continueToken: typeof continueToken === "string" ? continueToken : "",
  };
}

function versionOf(object: unknown): string | undefined {
  const { resourceVersion } = record(record(object)["metadata"]);
  return typeof resourceVersion === "string" ? resourceVersion : undefined;
}

function codeOf(status: unknown): number {
  const { code } = record(status);
  return typeof code === "number" ? code : 0;
}

/** The fields of an object that came over the wire, or none. */
export function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** The fields of each object of a list that came over the wire; none for what is no list. */
export function recordsIn(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(record) : [];
}

/**
 * Runs something with a controller of its own, which aborts when `signal` does and at the end. Nothing stays behind on `signal`,
 * as it would of AbortSignal.any on one that lasts as long as the process.
 */
export async function withOwnSignal<T>(signal: AbortSignal, run: (own: AbortController) => Promise<T>): Promise<T> {
  const own = new AbortController();
  const stop = () => own.abort();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await run(own);
  } finally {
    signal.removeEventListener("abort", stop);
    own.abort();
  }
}

/** Lets the event loop serve others when the caller has worked for so long since it did, ms. */
const WORK_MS = 5;

/** Gives a function to call again and again in long work: mostly it returns at once, and now and then it lets others in. */
export function createPauses(): () => Promise<void> | undefined {
  let began = performance.now();
  return () => {
    if (performance.now() - began < WORK_MS) return undefined;
    return new Promise((resolve) =>
      setImmediate(() => {
        began = performance.now();
        resolve();
      }),
    );
  };
}

/** Waits, or returns at once when `signal` aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) return resolve();
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
