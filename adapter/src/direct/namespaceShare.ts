import { createSeriesNames, type SeriesNames } from "./seriesNames.ts";
import { INTERVAL_MS } from "./timing.ts";

/**
 * Limits what the proxies of one namespace cost, so that hostile or broken pods do not delay other namespaces and do
 * not use up the memory.
 */
export interface NamespaceShare {
  /** The series of the namespace's proxies by their text. */
  readonly names: SeriesNames;
  /** Reserves a request. Returns false if too many run, or if the bytes of the interval are used up. */
  take(): boolean;
  /** Ends a request. */
  done(): void;
  /** Counts bytes of an answer that is being read. Returns false if the bytes of the interval are used up. */
  spend(bytes: number): boolean;
  /** Reserves memory for series, in bytes. Returns false if the namespace has no more. */
  store(bytes: number): boolean;
  /** Gives memory back. */
  drop(bytes: number): void;
  /** Reserved memory in bytes. */
  readonly stored: number;
}

/** Maximum number of requests that run at once. 1,000 pods that answer in 5 ms need three. */
const MOST_AT_ONCE = 64;
/** Maximum number of bytes per interval. Parsing them takes about 3 % of a core. */
const MOST_BYTES = 8 * 1024 * 1024;
/** Maximum memory of the series, in bytes. 2,000 pods with 50 series each need about 30 MB if they share the texts. */
export const MOST_STORED = 32 * 1024 * 1024;

/** Creates the share of one namespace. `now` gives monotonic ms. */
export function createNamespaceShare(now: () => number): NamespaceShare {
  let [running, bytes, since, stored] = [0, 0, now(), 0];
  const hasBytes = () => {
    if (now() - since >= INTERVAL_MS) [bytes, since] = [0, now()];
    return bytes < MOST_BYTES;
  };
  return {
    names: createSeriesNames(),
    take() {
      if (!hasBytes() || running >= MOST_AT_ONCE) return false;
      running++;
      return true;
    },
    done() {
      running--;
    },
    spend(more) {
      const isLeft = hasBytes();
      bytes += more;
      return isLeft;
    },
    store(more) {
      if (stored + more > MOST_STORED) return false;
      stored += more;
      return true;
    },
    drop(less) {
      stored -= less;
    },
    get stored() {
      return stored;
    },
  };
}
