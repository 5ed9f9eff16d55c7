import type { Clock } from "../clock.ts";
import type { connectProxy, ProxyConnection, ScrapeFailure } from "./connection.ts";
import { createExpositionReader } from "./exposition.ts";
import { LARGE_MS } from "./largeMetrics.ts";
import type { NamespaceShare } from "./namespaceShare.ts";
import type { Pod } from "./pods.ts";
import {
  halvesOf,
  keyOf,
  pathOf,
  requestsOf,
  type Selection,
  selectionsOf,
  suspectsIn,
  type WantedSeries,
} from "./selections.ts";
import { statOf } from "./seriesNames.ts";

/** What one reader of a proxy gets from a scrape. */
export type Scrape =
  | {
      readonly ok: true;
      readonly values: ReadonlyMap<string, number>;
      /** The sample names that were read. */
      readonly metrics: ReadonlySet<string>;
      /** Why metrics have too many series to be read, by their name inside Envoy. */
      readonly large: ReadonlyMap<string, string>;
      /** When the values were read, in ms of the monotonic clock, and how much earlier or later it may have been. */
      readonly at: number;
      readonly errorMs: number;
      /** The connection on which they came. Another number is another connection. */
      readonly connection: number;
    }
  | {
      readonly ok: false;
      readonly failure: ScrapeFailure;
      readonly sentence: string;
      readonly large: ReadonlyMap<string, string>;
    };

/** One of those who read a proxy. */
export interface ProxyReader {
  readonly wanted: WantedSeries;
  /** The share of its namespace, on which the lines count that it gets. */
  readonly share: NamespaceShare;
  /** When in the interval it wants its scrapes, in ms. */
  readonly phase: number;
  /** A scrape begins. Returns the sample names that it wants. None: the scrape is not for this reader. */
  begin(): readonly string[];
  /** The scrape that began has ended. Returns whether the reader wants the next interval, too. */
  end(scrape: Scrape): boolean;
}

/** The proxy of one pod. All who read it share its scrapes. */
export interface SharedProxy {
  readonly isBusy: boolean;
  /**
   * Whether a reader of an earlier phase took part in the last scrape. It begins the next one for all, because each
   * reader would otherwise begin one: then a proxy gets more requests, and the stored snapshots cover less time.
   */
  isLedBefore(phase: number): boolean;
  /** Scrapes for all its readers that want something. Rejects never. The caller has reserved the request. */
  scrape(): Promise<void>;
  /** Removes a reader. The last one closes the connection. */
  leave(reader: ProxyReader): void;
}

/** The proxies that are read. */
export interface ProxyPool {
  /** Adds a reader to the proxy of a pod. `podShare`: the share of the pod's namespace. */
  join(pod: Pod & { readonly port: number }, podShare: NamespaceShare, reader: ProxyReader): SharedProxy;
}

export interface ProxyPoolOptions {
  readonly clock: Clock;
  readonly connect: typeof connectProxy;
  onScrape(failure: ScrapeFailure | undefined, bytes: number): void;
}

/** Timeout of a request, in ms. It ends before the next scrape of the same proxy. */
const TIMEOUT_MS = 1_500;
/** How long a part of an answer that was too large is asked for alone, in ms: also when it is tried again. */
const ALONE_MS = 2 * LARGE_MS;
/** After this time, the event loop runs before the next reader gets its values, in ms. */
const TURN_MS = 5;
/** Bytes of an answer that are read at once. With hundreds of readers, each line takes more than a millisecond. */
const SLICE = 4 * 1024;

/** Creates a pool without proxies. */
export function createProxyPool(options: ProxyPoolOptions): ProxyPool {
  const proxies = new Map<string, ReturnType<typeof createSharedProxy>>();
  return {
    join(pod, podShare, reader) {
      // An address alone may soon be that of another pod.
      const key = `${pod.uid} ${pod.address} ${pod.port}`;
      const connect = () => options.connect(pod.address, pod.port, TIMEOUT_MS);
      const proxy = proxies.get(key) ?? createSharedProxy(connect, podShare, options, () => void proxies.delete(key));
      proxies.set(key, proxy);
      proxy.readers.add(reader);
      return proxy;
    },
  };
}

/** What one reader has got of a scrape so far. */
interface Part {
  readonly reader: ProxyReader;
  readonly metrics: readonly string[];
  values: ReadonlyMap<string, number>;
  readonly read: Set<string>;
  readonly large: Map<string, string>;
  /** The connection of its last request. */
  connection: number;
  /** The first begin and the last end of its requests, in ms of the monotonic clock. */
  began: number;
  ended: number;
  failed?: { readonly failure: ScrapeFailure; readonly sentence: string };
}

let connections = 0;

/**
 * Creates the proxy of one pod. A scrape is one request for all that its readers want, unless the answer is too large:
 * then the parts that single readers want are asked for, or each half of it, and so on. So a part that is too large
 * fails only its own readers. If a namespace has used up its share after the first of these requests, the metrics of the
 * others count as too large, because they would be asked for in vain at each interval.
 */
function createSharedProxy(
  connect: () => ProxyConnection,
  podShare: NamespaceShare,
  { clock, onScrape }: ProxyPoolOptions,
  onEmpty: () => void,
): SharedProxy & { readonly readers: Set<ProxyReader> } {
  const connection = connect();
  const readers = new Set<ProxyReader>();
  /** Sizes of parts in bytes, by `keyOf`, and until when they are asked for alone. */
  let sizes = new Map<string, { bytes: number; aloneUntil: number }>();
  let number = 0;
  let isBusy = false;
  /** The earliest phase of those that took part in the last scrape and want the next one. */
  let lead = Number.POSITIVE_INFINITY;
  let turnBegan = 0;

  const turn = async () => {
    if (clock.monotonic() - turnBegan <= TURN_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    turnBegan = clock.monotonic();
  };

  const sizeOf = (selection: Selection): number => {
    const { bytes, aloneUntil } = sizes.get(keyOf(selection)) ?? { bytes: 0, aloneUntil: 0 };
    return aloneUntil > clock.monotonic() ? Number.POSITIVE_INFINITY : bytes;
  };

  /** Returns the requests that replace this one, because its answer was too large. */
  const request = async (selections: readonly Selection[], parts: readonly Part[]): Promise<Selection[][]> => {
    const stats = Map.groupBy(selections, ({ stat }) => stat);
    const users = parts.flatMap((part) => {
      const { wanted, share } = part.reader;
      const isHere = (metric: string) =>
        stats.get(statOf(metric))?.some(({ domain }) => domain === undefined || domain === wanted.domain) ?? false;
      const isOpen = (metric: string) => !part.read.has(metric) && !part.large.has(statOf(metric));
      const metrics = part.failed ? [] : part.metrics.filter((metric) => isOpen(metric) && isHere(metric));
      return metrics.length > 0 ? [{ part, metrics, wanted, share }] : [];
    });
    if (users.length === 0) return [];
    const reader = createExpositionReader(users, podShare);
    const began = clock.monotonic();
    const answer = await connection.get(pathOf(selections), async (chunk) => {
      for (let at = 0; at < chunk.length; at += SLICE) {
        await turn();
        if (!reader.push(chunk.subarray(at, at + SLICE))) return false;
      }
      return true;
    });
    const ended = clock.monotonic();
    if (answer.ok && answer.isNewConnection) number = ++connections;
    const askAlone = (one: Selection, bytes = 0) => sizes.set(keyOf(one), { bytes, aloneUntil: ended + ALONE_MS });
    const asked = new Set(selections.map(keyOf));
    const single = users.flatMap(({ metrics, wanted }) => selectionsOf(metrics, wanted));
    const narrower = single.filter((one) => !asked.has(keyOf(one)));
    if (reader.isTooLarge && (narrower.length > 0 || selections.length > 1)) {
      onScrape("large", answer.bytes);
      // What is left is asked for again when the narrower parts are read.
      if (narrower.length > 0) return [...requestsOf(narrower, sizeOf), [...selections]];
      for (const one of suspectsIn(selections, reader.sizes())) askAlone(one);
      return halvesOf(selections, reader.sizes());
    }
    for (const [index, exposition] of reader.end(answer).entries()) {
      const user = users[index];
      if (!user) continue;
      const { part, metrics } = user;
      part.connection = number;
      part.began = Math.min(part.began, began);
      part.ended = ended;
      if (reader.isTooLarge && !exposition.ok) part.large.set(selections[0]?.stat ?? "", exposition.sentence);
      else if (!exposition.ok && exposition.failure === "busy" && part.read.size > 0)
        for (const metric of metrics) part.large.set(statOf(metric), exposition.sentence);
      else if (!exposition.ok) part.failed = exposition;
      else {
        part.values = part.values.size === 0 ? exposition.values : new Map([...part.values, ...exposition.values]);
        for (const [stat, sentence] of exposition.large) part.large.set(stat, sentence);
        for (const metric of metrics) if (!exposition.large.has(statOf(metric))) part.read.add(metric);
      }
      await turn();
    }
    const failure = reader.isTooLarge ? "large" : users.find(({ part }) => part.failed)?.part.failed?.failure;
    for (const { selection, bytes } of reader.sizes()) {
      if (reader.isTooLarge) askAlone(selection, bytes);
      else sizes.set(keyOf(selection), { bytes, aloneUntil: 0 });
    }
    if (failure === "busy") for (const one of suspectsIn(selections, reader.sizes())) askAlone(one);
    onScrape(failure, answer.bytes);
    return [];
  };

  return {
    readers,
    get isBusy() {
      return isBusy;
    },
    isLedBefore: (phase) => lead < phase,
    async scrape() {
      isBusy = true;
      turnBegan = clock.monotonic();
      const parts = [...readers].flatMap((reader): Part[] => {
        const metrics = reader.begin();
        const empty = { values: new Map(), read: new Set<string>(), large: new Map() };
        const times = { began: Number.POSITIVE_INFINITY, ended: 0, connection: number };
        return metrics.length > 0 ? [{ reader, metrics, ...empty, ...times }] : [];
      });
      const wanted = parts.flatMap(({ metrics, reader }) => selectionsOf(metrics, reader.wanted));
      const known = new Set(wanted.flatMap((one) => [keyOf(one), keyOf({ ...one, domain: undefined })]));
      const isKept = (key: string, aloneUntil: number) => known.has(key) || aloneUntil > clock.monotonic();
      sizes = new Map([...sizes].filter(([key, { aloneUntil }]) => isKept(key, aloneUntil)));
      const requests = requestsOf(wanted, sizeOf);
      for (let next = requests.shift(); next; next = requests.shift())
        requests.unshift(...(await request(next, parts)));
      lead = Number.POSITIVE_INFINITY;
      for (const part of parts) {
        await turn();
        if (readers.has(part.reader) && part.reader.end(scrapeOf(part))) lead = Math.min(lead, part.reader.phase);
      }
      isBusy = false;
    },
    leave(reader) {
      readers.delete(reader);
      if (reader.phase === lead) lead = Number.POSITIVE_INFINITY;
      if (readers.size > 0) return;
      connection.close();
      onEmpty();
    },
  };
}

function scrapeOf({ values, read, large, began, ended, failed, connection }: Part): Scrape {
  if (failed) return { ok: false, ...failed, large };
  return { ok: true, values, metrics: read, large, at: (began + ended) / 2, errorMs: (ended - began) / 2, connection };
}
