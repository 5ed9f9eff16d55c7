import { StringDecoder } from "node:string_decoder";
import type { SeriesNames } from "./seriesNames.ts";

/** What one answer of a proxy contains of the wanted metrics. */
export interface Exposition {
  /** The value of each series of the wanted reporter, by the text of the series. */
  readonly values: ReadonlyMap<string, number>;
}

/** Why an answer is discarded as a whole: a total without one of its lines would look like less load. */
interface ExpositionFailure {
  /** `answer`: it was cut off or a line cannot be read. `labels`: no label `reporter`. `large`: too many series or bytes. */
  readonly failure: "answer" | "labels" | "large";
  /** Names the line by its number and metric. Label values and numbers are not part of it. */
  readonly sentence: string;
}

/** Reads an answer in chunks. */
export interface ExpositionReader {
  /** Reads the next bytes. Takes time in proportion to their number. After a failure, the rest need not be read. */
  push(chunk: Buffer): ExpositionFailure | undefined;
  /** Returns what was read, or why it is discarded. */
  end(): Exposition | ExpositionFailure;
}

/** Maximum length of a line in characters. Istio's longest have 1,500. */
const MOST_LINE = 16 * 1024;
/** Maximum number of series of one answer: about 90 pairs of callers and response codes with one histogram. */
export const MOST_SERIES = 2_000;

/**
 * Creates a reader of the Prometheus text format for the samples of a few metrics of one reporter. Every other line is
 * skipped before its labels are parsed. A duplicate series has its last value, as in the order of the text. TYPE lines,
 * timestamps and blank lines have no effect.
 *
 * A line of a wanted metric that cannot be read fails the whole answer. So does one without the label `reporter`. NaN, an
 * infinity and a negative number are not values of a counter.
 *
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 *
 * @param metrics sample names, such as `istio_requests_total` and `istio_request_duration_milliseconds_bucket`
 */
export function createExpositionReader(
  metrics: readonly string[],
  reporter: string,
  names: SeriesNames,
): ExpositionReader {
  const decoder = new StringDecoder("utf8");
  const values = new Map<string, number>();
  const ownReporter = `reporter="${reporter}"`;
  let rest = "";
  let lines = 0;
  let failed: ExpositionFailure | undefined;

  const fail = (failure: ExpositionFailure["failure"], sentence: string) => {
    failed ??= { failure, sentence };
  };
  const readLine = (line: string, metric: string) => {
    const here = `line ${lines} of its answer, a sample of ${metric},`;
    if (!line.includes(ownReporter)) {
      if (!line.includes('reporter="')) fail("labels", `${here} has no label reporter`);
      return;
    }
    // A value may contain a brace, but after the labels there are only numbers.
    const end = line.lastIndexOf("}") + 1;
    const value = counterValue(line, end);
    const series = value === undefined ? undefined : names.of(line.slice(0, end));
    if (value === undefined || !series) fail("answer", `${here} cannot be read`);
    else if (series.labels["reporter"] === reporter) values.set(series.text, value);
    if (values.size > MOST_SERIES) fail("large", `its answer has more than ${MOST_SERIES} series`);
  };

  const readLines = (text: string): number => {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0 && !failed; end = text.indexOf("\n", start)) {
      lines++;
      const metric = wantedAt(text, start, metrics);
      if (end - start > MOST_LINE) fail("large", TOO_LONG);
      else if (metric !== undefined) readLine(text.slice(start, end), metric);
      start = end + 1;
    }
    return start;
  };

  return {
    push(chunk) {
      const text = rest + decoder.write(chunk);
      rest = text.slice(readLines(text));
      if (rest.length > MOST_LINE) fail("large", TOO_LONG);
      return failed;
    },
    end: () => failed ?? (rest === "" ? { values } : { failure: "answer", sentence: "its answer was cut off" }),
  };
}

const TOO_LONG = `a line of its answer is longer than ${MOST_LINE} characters`;

/** The metric of which the line at `start` is a sample. Undefined if it is not one of these. */
function wantedAt(text: string, start: number, metrics: readonly string[]): string | undefined {
  if (text.charCodeAt(start) === HASH) return undefined;
  return metrics.find((metric) => {
    if (!text.startsWith(metric, start)) return false;
    const next = text.charCodeAt(start + metric.length);
    return next === BRACE || next === SPACE || next === TAB;
  });
}

const HASH = 0x23;
const BRACE = 0x7b;
const SPACE = 0x20;
const TAB = 0x09;

/** The value after the labels, with an optional timestamp behind it. */
function counterValue(line: string, from: number): number | undefined {
  const text = SAMPLE.exec(line.slice(from))?.[1];
  if (text === undefined) return undefined;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** `Number` also reads other forms, such as `0x10`. `+Inf` and `NaN` do not match. */
const SAMPLE = /^[ \t]+\+?(\d{1,400}(?:\.\d{0,400})?(?:[eE][+-]?\d{1,4})?)(?:[ \t]+-?\d{1,20})?[ \t]*\r?$/;
