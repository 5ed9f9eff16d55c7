import { createHash } from "node:crypto";
import {
  counted,
  FAST_SCRAPES,
  hasFewScrapes,
  type MetricSpec,
  oneLine,
  type Problem,
  parseQuery,
  problem,
  promDuration,
  type QueryWindow,
  scrapeCountQuery,
  scrapeSecondsOf,
  scrapesIn,
  WANTED_SCRAPES,
  windowsOf,
} from "@asm-autoscaler/hpa-metrics";
import type { Clock } from "../clock.ts";
import { createPauses, pause } from "../kubernetes/pause.ts";
import type { Prometheus } from "../prometheus/prometheus.ts";

/**
 * Learns how often Prometheus scrapes the series that metrics read, and finds queries whose window holds too few
 * scrapes. It is never in the way of a reading: it sends one query at a time, and no read waits for it.
 */
export interface WindowChecks {
  /**
   * The problem of a metric's window, as far as the scrape interval is known. Requests a check if one is due. Sends
   * nothing itself, and is cheap enough for each read.
   */
  problemOf(spec: MetricSpec): Problem | undefined;
  /** Makes the requested checks until `signal` aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/** Time between two queries for the scrapes of one selector, in milliseconds: while a window is short or not known. */
const AGAIN_MS = 600_000;
/** The same while all windows hold enough scrapes. */
const AGAIN_GOOD_MS = 3_600_000;
/** Shortest time between two queries, in milliseconds. */
export const GAP_MS = 500;
/** Pause after a query without an answer, in milliseconds. Readings need what Prometheus can still answer. */
const REST_MS = 60_000;
/** Maximum number of selectors per metric, of selectors whose interval is stored, and of metrics that wait for a check. */
const MOST_SELECTORS = 4;
const MOST_INTERVALS = 5_000;
const MOST_WAITING = 5_000;
/** Maximum length of a selector in a message, in characters. */
const MOST_SHOWN = 200;

/** What is known of the scrapes of one selector. */
interface Scrapes {
  /** The last two measured intervals in seconds, the newest first. */
  measured: readonly number[];
  /** When Prometheus was last asked, in ms of the monotonic clock. */
  askedAt: number;
}

/** Creates the checks. No interval is known yet. */
export function createWindowChecks(prometheus: Pick<Prometheus, "check" | "evaluate">, clock: Clock): WindowChecks {
  const known = new WeakMap<MetricSpec, { found: Problem | undefined; dueAt: number }>();
  const waiting = new Set<MetricSpec>();
  const intervals = new Map<string, Scrapes>();
  let wake: (() => void) | undefined;

  /** Asks Prometheus. Returns false if it does not answer. */
  const measure = async ({ server }: MetricSpec, selector: string, scrapes: Scrapes): Promise<boolean> => {
    const asked = parseQuery(scrapeCountQuery(selector));
    if (!asked.ok) return true;
    scrapes.askedAt = clock.monotonic();
    const [answer] = await Promise.all(
      prometheus.evaluate([{ server, query: asked.query, namespaces: [] }], clock.wall()),
    );
    if (!answer?.ok) return false;
    const seconds = scrapeSecondsOf(answer.samples[0]?.value ?? 0);
    if (seconds !== undefined) scrapes.measured = [seconds, ...scrapes.measured.slice(0, 1)];
    return true;
  };

  const scrapesOf = ({ server }: MetricSpec, selector: string): Scrapes => {
    // A selector can be as long as a query.
    const key = createHash("sha256")
      .update(JSON.stringify([server, selector]))
      .digest("base64");
    const scrapes = intervals.get(key) ?? { measured: [], askedAt: Number.NEGATIVE_INFINITY };
    intervals.delete(key);
    intervals.set(key, scrapes);
    const [oldest] = intervals.keys();
    if (intervals.size > MOST_INTERVALS && oldest !== undefined) intervals.delete(oldest);
    return scrapes;
  };

  const check = async (spec: MetricSpec, signal: AbortSignal): Promise<void> => {
    const windows = windowsOf(spec.query).slice(0, MOST_SELECTORS);
    let found: Problem | undefined;
    let areGood = true;
    for (const window of windows) {
      const scrapes = scrapesOf(spec, window.selector);
      const againMs = isGood(window, scrapes) ? AGAIN_GOOD_MS : AGAIN_MS;
      if (clock.monotonic() - scrapes.askedAt >= againMs) {
        const isAnswered = await measure(spec, window.selector, scrapes);
        await pause(isAnswered ? GAP_MS : REST_MS, signal);
      }
      areGood &&= isGood(window, scrapes);
      found ??= shortOf(window, scrapes);
    }
    known.set(spec, { found, dueAt: clock.monotonic() + (areGood ? AGAIN_GOOD_MS : AGAIN_MS) });
  };

  return {
    problemOf(spec) {
      const own = known.get(spec);
      const isDue = own === undefined || clock.monotonic() >= own.dueAt;
      if (isDue && waiting.size < MOST_WAITING && !spec.query.isUnparsed && !prometheus.check(spec.server)) {
        waiting.add(spec);
        wake?.();
      }
      return own?.found;
    },
    async run(signal) {
      signal.addEventListener("abort", () => wake?.(), { once: true });
      const pauses = createPauses();
      while (!signal.aborted) {
        const [spec] = waiting;
        if (spec) {
          await check(spec, signal);
          waiting.delete(spec);
          await pauses();
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  };
}

/**
 * The problem of a window by two measurements. Two, because an outage of Prometheus makes one interval too long: the
 * shorter one counts.
 */
function shortOf(window: QueryWindow, { measured }: Scrapes): Problem | undefined {
  return measured.length < 2 ? undefined : windowProblem(window, Math.min(...measured));
}

/** Whether the window holds enough scrapes by both measurements. */
function isGood(window: QueryWindow, { measured }: Scrapes): boolean {
  return measured.length === 2 && measured.every((seconds) => windowProblem(window, seconds) === undefined);
}

/** The problem of a window that holds fewer scrapes than a query needs. */
export function windowProblem({ selector, seconds }: QueryWindow, scrapeSeconds: number): Problem | undefined {
  if (!hasFewScrapes(seconds, scrapeSeconds)) return undefined;
  const scrapes = scrapesIn(seconds, scrapeSeconds);
  const effect = scrapes < FAST_SCRAPES ? "the query often has no value" : "two failed scrapes leave no value";
  const window = `${Number(seconds.toFixed(3))} s`;
  return problem(
    "ASM_WINDOW_SCRAPES",
    `the window of ${window} holds ${counted(scrapes, "scrape")} of ${oneLine(selector, MOST_SHOWN)}, which Prometheus scrapes about every ${scrapeSeconds} s, so ${effect}`,
    { remedy: `Use a window of at least ${promDuration(WANTED_SCRAPES * scrapeSeconds)}, or scrape more often` },
  );
}
