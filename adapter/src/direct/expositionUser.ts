import type { ScrapeFailure } from "./connection.ts";
import type { NamespaceShare } from "./namespaceShare.ts";
import type { WantedSeries } from "./selections.ts";
import { REQUESTS, statOf } from "./seriesNames.ts";

/** One of those who share an answer. */
export interface ExpositionUser {
  /** Sample names, such as `istio_requests_total` and `istio_request_duration_milliseconds_bucket`. */
  readonly metrics: readonly string[];
  readonly wanted: WantedSeries;
  /** The share that its lines count on. */
  readonly share: NamespaceShare;
}

/** What one user gets of an answer. */
export type Exposition =
  | {
      readonly ok: true;
      /** The value of each series, by the text of the series. */
      readonly values: ReadonlyMap<string, number>;
      /** Why a metric, by its name inside Envoy, has too many series. It has no values. */
      readonly large: ReadonlyMap<string, string>;
    }
  /**
   * The whole answer is discarded for this user, because a total without one of its lines would look like less load.
   * The sentence names a line by its number and metric. Label values and numbers are not part of it.
   */
  | { readonly ok: false; readonly failure: ScrapeFailure; readonly sentence: string };

/** Maximum number of series for one user: about 90 pairs of callers and response codes with one histogram. */
export const MOST_SERIES = 2_000;

export const USED_UP = "the proxies of the namespace have used up its share";

export type Reading = ReturnType<typeof createReading>;

/** What one user has read so far. */
export function createReading(user: ExpositionUser) {
  const { wanted, share } = user;
  const ownReporter = `reporter="${wanted.reporter}"`;
  const values = new Map<string, number>();
  const large = new Map<string, string>();
  let failed: (Exposition & { ok: false }) | undefined;

  const fail = (failure: ScrapeFailure, sentence: string) => {
    failed ??= { ok: false, failure, sentence };
  };
  /** Gives up the histogram with the most series, or the requests if they alone are too many. */
  const reduce = () => {
    const counts = new Map<string, number>();
    for (const text of values.keys()) {
      const stat = statOf(text.slice(0, text.indexOf("{")));
      counts.set(stat, (counts.get(stat) ?? 0) + 1);
    }
    counts.delete(REQUESTS);
    const [victim] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [REQUESTS];
    large.set(victim, `its answer has more than ${MOST_SERIES} series`);
    for (const text of values.keys()) if (text.startsWith(victim)) values.delete(text);
  };

  return {
    user,
    fail,
    isReading: () => failed === undefined,
    /** Returns whether the line is of this user. */
    readLine(line: string, name: string, here: string, size: number): boolean {
      if (failed || large.has(statOf(name))) return false;
      if (!line.includes(ownReporter)) {
        if (!line.includes('reporter="')) fail("labels", `${here} has no label reporter`);
        return false;
      }
      if (!share.spend(size)) fail("busy", USED_UP);
      // A value may contain a brace, but after the labels there are only numbers.
      const end = line.lastIndexOf("}") + 1;
      const value = counterValue(line, end);
      const series = value === undefined ? undefined : share.names.of(line.slice(0, end));
      if (value === undefined || !series) fail("answer", `${here} cannot be read`);
      else if (series.labels["reporter"] !== wanted.reporter) return false;
      else values.set(series.text, value);
      if (values.size > MOST_SERIES) reduce();
      return true;
    },
    end: (): Exposition => failed ?? { ok: true, values, large },
  };
}

/** The value after the labels, with an optional timestamp behind it. */
function counterValue(line: string, from: number): number | undefined {
  const text = SAMPLE.exec(line.slice(from))?.[1];
  if (text === undefined) return undefined;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** `Number` also reads other forms, such as `0x10`. `+Inf` and `NaN` do not match. */
const SAMPLE = /^[ \t]+\+?(\d{1,400}(?:\.\d{0,400})?(?:[eE][+-]?\d{1,4})?)(?:[ \t]+-?\d{1,20})?[ \t]*\r?$/;
