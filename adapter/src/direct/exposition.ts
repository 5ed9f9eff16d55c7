import { StringDecoder } from "node:string_decoder";
import type { SeriesNames } from "./seriesNames.ts";

/** What one answer of a proxy contains of the wanted metrics. */
export interface Exposition {
  /** The value of each series of the wanted reporter, by the text of the series. */
  readonly values: ReadonlyMap<string, number>;
  /** Lines of wanted metrics that could not be read. They are skipped. */
  readonly badLines: number;
  /** Lines of wanted metrics with another reporter. */
  readonly otherLines: number;
  /** Lines of wanted metrics without the label `reporter`. */
  readonly unlabelledLines: number;
}

/** Reads an answer in chunks. */
export interface ExpositionReader {
  /** Reads the next bytes. Takes time in proportion to their number. Returns false if the answer has too many series. */
  push(chunk: Buffer): boolean;
  /** Returns what was read. Returns undefined if the last line has no end: the answer was cut off. */
  end(): Exposition | undefined;
}

/** Maximum length of a line in characters. Istio's longest have 1,500. A longer line is skipped. */
const MOST_LINE = 16 * 1024;
/** Maximum number of series of one proxy: about 90 pairs of callers and response codes with one histogram. */
const MOST_SERIES = 2_000;

/**
 * Creates a reader of the Prometheus text format for the samples of a few metrics of one reporter. Every other line is
 * skipped before its labels are parsed. A duplicate series has its last value, as in the order of the text. NaN, an
 * infinity and a negative number are not values of a counter. TYPE lines, timestamps and blank lines have no effect.
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
  let isSkipping = false;
  let badLines = 0;
  let otherLines = 0;
  let unlabelledLines = 0;

  const readLine = (line: string) => {
    if (!line.includes(ownReporter)) {
      if (line.includes('reporter="')) otherLines++;
      else unlabelledLines++;
      return;
    }
    // A value may contain a brace, but after the labels there are only numbers.
    const end = line.lastIndexOf("}") + 1;
    const value = counterValue(line, end);
    const series = value === undefined ? undefined : names.of(line.slice(0, end));
    if (value === undefined || !series) badLines++;
    else if (series.labels["reporter"] !== reporter) otherLines++;
    else values.set(series.text, value);
  };

  const readLines = (text: string): number => {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      if (isSkipping) isSkipping = false;
      else if (isWanted(text, start, metrics)) readLine(text.slice(start, end));
      start = end + 1;
    }
    return start;
  };

  return {
    push(chunk) {
      const text = rest + decoder.write(chunk);
      rest = text.slice(readLines(text));
      if (rest.length > MOST_LINE) {
        if (!isSkipping && isWanted(rest, 0, metrics)) badLines++;
        isSkipping = true;
        rest = "";
      }
      return values.size <= MOST_SERIES;
    },
    end: () => (rest === "" && !isSkipping ? { values, badLines, otherLines, unlabelledLines } : undefined),
  };
}

/** Whether the line at `start` is a sample of one of the metrics. */
function isWanted(text: string, start: number, metrics: readonly string[]): boolean {
  if (text.charCodeAt(start) === HASH) return false;
  return metrics.some((metric) => {
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
