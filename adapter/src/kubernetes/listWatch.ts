import { record } from "@asm-autoscaler/hpa-metrics";
import { AnswerTooLarge, hasStatus, type Kubernetes, KubernetesError, reason, type WatchEvent } from "./client.ts";
import { createPauses, pause, withOwnSignal } from "./pause.ts";

/** Callbacks of a list-watch: all objects after each list, then each change. `T` is the parsed object. */
export interface CollectionEvents<T> {
  /** Parses one object. `undefined` skips it. Only the result stays in memory, not the object. */
  parse(object: unknown): T | undefined;
  /**
   * Called with the whole collection at the start and after each re-list. An object that is not in `items` no longer
   * exists. The watch begins after this callback resolves.
   */
  onList(items: T[]): void | Promise<void>;
  onChange(item: T): void;
  onDelete(item: T): void;
  /** Called when the list or the watch fails. The next attempt starts after `retryMs` milliseconds. */
  onError(sentence: string, retryMs: number): void;
  /**
   * Called before each re-list: after an error, or because the resource version is too old (410).
   * The second case is normal and is not reported as an error.
   */
  onRestart?(): void;
}

/** The media types of a list and of a watch. */
export interface Representation {
  readonly list: string;
  readonly watch: string;
}

/**
 * Objects without `spec` and `status`, as `PartialObjectMetadata`.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
 */
export const METADATA_ONLY: Representation = {
  list: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
  watch: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
};

/** Objects per page: the first page, then the maximum. The size of the last page sets how many fit PAGE_CHARACTERS. */
const FIRST_PAGE = 20;
const LARGEST_PAGE = 500;
const PAGE_CHARACTERS = 1024 * 1024;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 15_000;
const SHORTEST_WATCH_MS = 200;
/** A watch that runs longer than this resets the retry back-off. */
const STEADY_WATCH_MS = 5_000;

/**
 * Lists a collection in pages and watches it until `signal` aborts. After the server ends a watch, the next one starts
 * at the last resource version. When that version is too old (410), or after any other error, the collection is listed
 * again after a back-off of 250 ms to 15 s (±25 %).
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export async function watchCollection<T>(
  kubernetes: Kubernetes,
  path: string,
  query: Record<string, string>,
  events: CollectionEvents<T>,
  signal: AbortSignal,
  as?: Representation,
): Promise<void> {
  let retryMs = FIRST_RETRY_MS;
  while (!signal.aborted) {
    try {
      let version = await list(kubernetes, path, query, events, signal, as?.list);
      while (!signal.aborted) {
        const began = performance.now();
        version = await follow(kubernetes, path, { ...query, resourceVersion: version }, events, signal, as?.watch);
        const livedMs = performance.now() - began;
        if (livedMs > STEADY_WATCH_MS) retryMs = FIRST_RETRY_MS;
        // Prevents a tight loop when the server closes every watch at once.
        if (livedMs < SHORTEST_WATCH_MS) await pause(SHORTEST_WATCH_MS, signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      const jittered = Math.round(retryMs * (0.75 + Math.random() / 2));
      events.onRestart?.();
      // Status 410 (Gone) means that the last resource version is too old.
      if (!hasStatus(error, 410)) events.onError(reason(error), jittered);
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
  accept: string | undefined,
): Promise<string> {
  const items: T[] = [];
  const take = (object: unknown) => {
    const item = events.parse(object);
    if (item !== undefined) items.push(item);
    return !signal.aborted;
  };
  const version = await listPages(kubernetes, path, query, take, accept);
  if (!signal.aborted) await events.onList(items);
  return version;
}

/**
 * Lists a collection in pages. The page size adapts to the size of the objects, which limits memory use and the time
 * that the event loop is blocked.
 *
 * @param onObject Called for each object in order. Return false to stop the listing.
 * @param accept Media type of the list. Default: `application/json`.
 * @returns the resource version of the list.
 * @throws KubernetesError
 */
export async function listPages(
  kubernetes: Pick<Kubernetes, "call">,
  path: string,
  query: Record<string, string>,
  onObject: (object: unknown) => boolean,
  accept?: string,
): Promise<string> {
  let limit = FIRST_PAGE;
  let next: Record<string, string> = {};
  const inTurns = createPauses();
  for (;;) {
    const { page, characters } = await fetchPage(kubernetes, path, { ...query, ...next }, limit, accept);
    for (const object of page.items) {
      if (!onObject(object)) return page.version;
      await inTurns();
    }
    if (!page.continueToken) return page.version;
    next = { continue: page.continueToken };
    limit = clamp(Math.floor((page.items.length * PAGE_CHARACTERS) / characters), 1, LARGEST_PAGE);
  }
}

/** Fetches a page of at most `limit` objects. It retries with fewer objects when the response is too large. */
async function fetchPage(
  kubernetes: Pick<Kubernetes, "call">,
  path: string,
  query: Record<string, string>,
  limit: number,
  accept: string | undefined,
): Promise<{ page: Page; characters: number }> {
  let characters = 1;
  const onLength = (length: number) => {
    characters = length;
  };
  try {
    const body = await kubernetes.call("GET", path, {
      ...{ query: { ...query, limit: `${limit}` }, onLength },
      ...(accept === undefined ? {} : { accept }),
    });
    return { page: parsePage(body), characters };
  } catch (error) {
    if (!(error instanceof AnswerTooLarge) || limit === 1) throw error;
    return fetchPage(kubernetes, path, query, Math.ceil(limit / 8), accept);
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** Processes one watch connection until it ends. Returns the resource version at which to continue. */
async function follow<T>(
  kubernetes: Kubernetes,
  path: string,
  query: Record<string, string> & { resourceVersion: string },
  events: CollectionEvents<T>,
  signal: AbortSignal,
  accept: string | undefined,
): Promise<string> {
  let version = query.resourceVersion;
  let problem: Error | undefined;
  const onEvent = (event: WatchEvent, broken: AbortController) => {
    if (event.type === "ERROR") {
      problem = new KubernetesError(codeOf(event.object), `watch ${path}: the server ended it`);
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
    kubernetes.watch(
      path,
      { ...query, allowWatchBookmarks: "true" },
      (event) => onEvent(event, own),
      own.signal,
      accept,
    ),
  );
  if (problem) throw problem;
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
