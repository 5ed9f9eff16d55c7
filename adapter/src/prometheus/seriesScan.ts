import { BodyTooLarge } from "../kubernetes/limitedBody.ts";
import { createPauses } from "../kubernetes/pause.ts";

/** The labels of one series. Empty if the answer has something else in its place. */
export type SeriesLabels = Readonly<Record<string, unknown>>;

/** Maximum size of what an answer has besides the series, and of one series, in bytes. */
const MOST_REST = 1024 * 1024;
/** Maximum nesting depth. An answer of Prometheus has 3 levels: the answer, its `data` and a series. */
const DEEPEST = 16;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Reads the body of a `/api/v1/series` response while it arrives, and hands out each series. The list of a cluster may
 * have hundreds of MiB, of which only one series is in memory at a time. It gives the event loop its turn every 5 ms.
 * https://prometheus.io/docs/prometheus/latest/querying/api/#finding-series-by-label-matchers
 *
 * @param onSeries called for each object in a list of the answer
 * @returns the answer without its series, such as `{"status":"success","data":[]}`
 * @throws BodyTooLarge, SyntaxError, and what `onSeries` throws
 */
export async function scanSeries(
  body: AsyncIterable<Buffer>,
  onSeries: (labels: SeriesLabels) => void,
): Promise<string> {
  const scan = createScan(onSeries);
  const inTurns = createPauses();
  for await (const chunk of body) {
    for (let from = 0; from < chunk.length; from += SLICE) {
      scan(chunk.subarray(from, from + SLICE));
      await inTurns();
    }
  }
  return scan.rest();
}

/** Bytes between two looks at the clock. They take about 0.2 ms. */
const SLICE = 16 * 1024;

/** Creates a scanner of consecutive parts of one answer. */
function createScan(onSeries: (labels: SeriesLabels) => void) {
  /** The brackets that are open. */
  const open: number[] = [];
  let isString = false;
  let isEscaped = false;
  /** The parts of the current series, if one has begun. */
  let series: Buffer[] | undefined;
  let seriesSize = 0;
  /** Whether a series has just ended, so that the comma after it is not copied. */
  let isBetween = false;
  const rest: Buffer[] = [];
  let restSize = 0;

  const keep = (part: Buffer) => {
    restSize += part.length;
    if (restSize > MOST_REST) throw new BodyTooLarge(MOST_REST);
    // A copy, because a view would keep the whole chunk.
    if (part.length > 0) rest.push(Buffer.from(part));
  };
  const keepSeries = (part: Buffer) => {
    seriesSize += part.length;
    if (seriesSize > MOST_REST) throw new BodyTooLarge(MOST_REST);
    series?.push(part);
  };
  const isList = () => open.length === 2 && open[0] === OPEN_OBJECT && open[1] === OPEN_LIST;

  const scan = (chunk: Buffer) => {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const code = chunk[at];
      if (isString) {
        if (isEscaped) isEscaped = false;
        else if (code === BACKSLASH) isEscaped = true;
        else if (code === QUOTE) isString = false;
        continue;
      }
      if (isBetween) {
        from = at;
        // A comma, or white space.
        if (code === COMMA || (code ?? 0) <= 0x20) {
          from = at + 1;
          continue;
        }
        isBetween = false;
      }
      if (code === QUOTE) isString = true;
      else if (code === OPEN_OBJECT || code === OPEN_LIST) {
        if (series === undefined && code === OPEN_OBJECT && isList()) {
          keep(chunk.subarray(from, at));
          [from, series, seriesSize] = [at, [], 0];
        }
        if (open.push(code) > DEEPEST) throw new SyntaxError(`it is nested deeper than ${DEEPEST}`);
      } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
        open.pop();
        if (series === undefined || !isList()) continue;
        keepSeries(chunk.subarray(from, at + 1));
        const text = (series.length === 1 ? series[0] : Buffer.concat(series))?.toString("utf8") ?? "";
        const labels: unknown = JSON.parse(text);
        onSeries(labels as SeriesLabels);
        [from, series, isBetween] = [at + 1, undefined, true];
      }
    }
    const left = chunk.subarray(from);
    if (series) keepSeries(Buffer.from(left));
    else if (!isBetween) keep(left);
  };
  scan.rest = () => Buffer.concat(rest).toString("utf8");
  return scan;
}
