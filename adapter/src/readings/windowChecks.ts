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
import type { Prometheus, Question } from "../prometheus/prometheus.ts";
import { createTurns } from "./turns.ts";

/**
 * The problem of a window that holds too few scrapes, or `enough` if all windows of the query hold enough. Undefined
 * while it is not known, such as after each change of the HPA.
 */
export type WindowState = Problem | "enough" | undefined;

/**
 * Learns how often Prometheus scrapes the series that metrics read, and finds queries whose window holds too few
 * scrapes. It is never in the way of a reading: no read waits for it, its queries use no namespace's share of
 * Prometheus, and similar ones are sent as one.
 */
export interface WindowChecks {
  /**
   * What is known of the windows of a metric. Requests a check if one is due, for a read in this namespace. Sends nothing
   * itself, and is cheap enough for each read.
   */
  stateOf(spec: MetricSpec, namespace: string): WindowState;
  /** Makes the requested checks until `signal` aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/** Time between two queries for the scrapes of one selector, in milliseconds: while a window is short or not known. */
const AGAIN_MS = 600_000;
/** The same while the window holds enough scrapes. */
const AGAIN_GOOD_MS = 3_600_000;
/** Metrics that are checked together, and the time after them, in milliseconds. */
export const MOST_TOGETHER = 100;
export const GAP_MS = 5_000;
/** The same if Prometheus answered nothing. Readings need what it can still answer. */
const REST_MS = 60_000;
/** Maximum number of selectors of one metric, and of selectors whose interval is stored (about 15 MB). */
const MOST_SELECTORS = 4;
const MOST_INTERVALS = 100_000;
/** Maximum number of metrics of one namespace that wait for a check. */
const MOST_WAITING = 1_000;
/** Maximum length of a selector in a message, in characters. */
const MOST_SHOWN = 200;

/** What is known of the scrapes of one selector. */
interface Scrapes {
  /** The last two measured intervals in seconds, the newest first. 0 before they are known. */
  newest: number;
  before: number;
  /** When Prometheus was last asked, in ms of the monotonic clock. */
  askedAt: number;
}

/** Creates the checks. No interval is known yet. */
export function createWindowChecks(prometheus: Pick<Prometheus, "check" | "evaluate">, clock: Clock): WindowChecks {
  const known = new WeakMap<MetricSpec, { state: WindowState; dueAt: number }>();
  const turns = createTurns<MetricSpec>(MOST_WAITING);
  const intervals = new Map<string, Scrapes>();

  const scrapesOf = ({ server }: MetricSpec, selector: string): Scrapes => {
    // A selector can be as long as a query.
    const key = createHash("sha256")
      .update(JSON.stringify([server, selector]))
      .digest("base64");
    const scrapes = intervals.get(key) ?? { newest: 0, before: 0, askedAt: Number.NEGATIVE_INFINITY };
    intervals.delete(key);
    intervals.set(key, scrapes);
    const [oldest] = intervals.keys();
    if (intervals.size > MOST_INTERVALS && oldest !== undefined) intervals.delete(oldest);
    return scrapes;
  };

  /** Asks Prometheus about the selectors that are due. Returns the time to wait after it, in ms. */
  const measure = async (windows: readonly (QueryWindow & { spec: MetricSpec; scrapes: Scrapes })[]) => {
    const questions: (Question & { scrapes: Scrapes })[] = [];
    for (const { spec, scrapes, ...window } of windows) {
      if (clock.monotonic() - scrapes.askedAt < (isGood(window, scrapes) ? AGAIN_GOOD_MS : AGAIN_MS)) continue;
      scrapes.askedAt = clock.monotonic();
      // A long selector, used three times, can make a query that is too long.
      const asked = parseQuery(scrapeCountQuery(window.selector));
      if (asked.ok) questions.push({ server: spec.server, query: asked.query, namespaces: [], scrapes });
    }
    if (questions.length === 0) return 0;
    const answers = await Promise.all(prometheus.evaluate(questions, clock.wall()));
    answers.forEach((answer, index) => {
      const scrapes = questions[index]?.scrapes;
      const seconds = answer.ok ? scrapeSecondsOf(answer.samples[0]?.value ?? 0) : undefined;
      if (scrapes && seconds !== undefined) Object.assign(scrapes, { newest: seconds, before: scrapes.newest });
    });
    return answers.some(({ ok }) => ok) ? GAP_MS : REST_MS;
  };

  return {
    stateOf(spec, namespace) {
      const own = known.get(spec);
      const isDue = own === undefined || clock.monotonic() >= own.dueAt;
      if (isDue && !spec.query.isUnparsed && !prometheus.check(spec.server)) turns.add(namespace, spec);
      return own?.state;
    },
    async run(signal) {
      const pauses = createPauses();
      for (;;) {
        const specs = await turns.take(MOST_TOGETHER, signal);
        if (signal.aborted) return;
        const checks = [];
        for (const spec of specs) {
          const windows = windowsOf(spec.query).slice(0, MOST_SELECTORS);
          checks.push({
            spec,
            windows: windows.map((window) => ({ ...window, spec, scrapes: scrapesOf(spec, window.selector) })),
          });
          await pauses();
        }
        const waitMs = await measure(checks.flatMap(({ windows }) => windows));
        for (const { spec, windows } of checks) {
          const found = windows.map((window) => shortOf(window, window.scrapes)).find((one) => one !== undefined);
          const areGood = windows.every((window) => isGood(window, window.scrapes));
          const state = found ?? (areGood ? "enough" : undefined);
          known.set(spec, { state, dueAt: clock.monotonic() + (areGood ? AGAIN_GOOD_MS : AGAIN_MS) });
        }
        if (waitMs > 0) await pause(waitMs, signal);
      }
    },
  };
}

/**
 * The problem of a window by two measurements. Two, because an outage of Prometheus makes one interval too long: the
 * shorter one counts.
 */
function shortOf(window: QueryWindow, { newest, before }: Scrapes): Problem | undefined {
  return newest > 0 && before > 0 ? windowProblem(window, Math.min(newest, before)) : undefined;
}

/** Whether the window holds enough scrapes by both measurements. */
function isGood({ seconds }: QueryWindow, { newest, before }: Scrapes): boolean {
  return newest > 0 && before > 0 && !hasFewScrapes(seconds, newest) && !hasFewScrapes(seconds, before);
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
