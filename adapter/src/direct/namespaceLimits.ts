import { INTERVAL_MS } from "./window.ts";

/** Limits what the proxies of one namespace cost, so that hostile or broken pods do not delay other namespaces. */
export interface NamespaceLimits {
  /** Reserves a request. Returns false if the namespace has too many that run, or has sent too many bytes. */
  take(namespace: string): boolean;
  /** Ends a request and counts the bytes of its answer. */
  done(namespace: string, bytes: number): void;
}

/** Maximum number of requests that run at once. 1,000 pods that answer in 5 ms need three. */
const MOST_AT_ONCE = 64;
/** Maximum number of bytes per interval. Parsing them takes about 3 % of a core. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Creates the limits. `now` gives monotonic ms. */
export function createNamespaceLimits(now: () => number): NamespaceLimits {
  const used = new Map<string, { running: number; bytes: number; since: number }>();
  return {
    take(namespace) {
      const one = used.get(namespace) ?? { running: 0, bytes: 0, since: now() };
      used.set(namespace, one);
      if (now() - one.since >= INTERVAL_MS) Object.assign(one, { bytes: 0, since: now() });
      if (one.running >= MOST_AT_ONCE || one.bytes >= MOST_BYTES) return false;
      one.running++;
      return true;
    },
    done(namespace, bytes) {
      const one = used.get(namespace);
      if (!one) return;
      one.running--;
      one.bytes += bytes;
      if (one.running === 0 && now() - one.since >= INTERVAL_MS) used.delete(namespace);
    },
  };
}
