/** The metric that most queries need, and that says whether histograms are flushed. */
export const REQUESTS = "istio_requests_total";

/** The name inside Envoy of a metric: that of a histogram has no suffix. */
export function statOf(metric: string): string {
  return metric.replace(/_(?:bucket|sum|count)$/, "");
}

/** One series of a namespace's proxies. Proxies that write the same text usually share the object. */
export interface Series {
  /** The text of the series, which identifies it: `istio_requests_total{reporter="destination"}`. */
  readonly text: string;
  /** The sample name, such as `istio_requests_total`. */
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  /** How many proxies count it. */
  users: number;
}

/** The series of one namespace by their text. */
export interface SeriesNames {
  /** Returns the series of a text. Returns undefined if the text is not a valid series. */
  of(text: string): Series | undefined;
}

/** Maximum memory of the store in bytes: about 5,000 texts of Istio. After that, the store begins again. */
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_LABELS = 64;

/**
 * Creates an empty store. The labels of a series are parsed once, and not at each scrape. A proxy never changes the
 * order of its labels, and all proxies of one version have the same order.
 */
export function createSeriesNames(): SeriesNames {
  const known = new Map<string, Series | undefined>();
  let bytes = 0;
  return {
    of(text) {
      const series = known.get(text);
      if (series || known.has(text)) return series;
      bytes += bytesOf(text);
      if (bytes > MOST_BYTES) {
        known.clear();
        bytes = bytesOf(text);
      }
      // A slice would keep the whole chunk of its answer in memory.
      const own = Buffer.from(text).toString();
      const parsed = parseSeries(own);
      known.set(own, parsed);
      return parsed;
    },
  };
}

/** Memory of one series with its text and its labels, in bytes. */
export function bytesOf(text: string): number {
  return 400 + 3 * text.length;
}

/** The characters between the labels, and the name of a label with its opening quote. */
const LABEL = /[, ]*([a-zA-Z_][a-zA-Z0-9_]{0,200})="/y;
const END = /[, ]*\}$/y;
/** The rest of a value and its closing quote. */
const VALUE = /((?:[^"\\]|\\.)*)"/y;

/**
 * Parses `name{label="value",…}` with the escapes `\\`, `\"` and `\n`. An old Envoy writes a quote in a value without
 * an escape (https://github.com/envoyproxy/envoy/issues/18589). Such a series is not valid.
 */
function parseSeries(text: string): Series | undefined {
  const brace = text.indexOf("{");
  const labels: Record<string, string> = {};
  let position = brace + 1;
  for (let count = 0; count <= MOST_LABELS; count++) {
    if (matchAt(END, text, position)) return { text, metric: text.slice(0, brace).trimEnd(), labels, users: 0 };
    const name = matchAt(LABEL, text, position);
    const value = name && matchAt(VALUE, text, position + name[0].length);
    if (!name || !value || (count > 0 && !name[0].includes(","))) return undefined;
    labels[name[1] ?? ""] = unescaped(value[1] ?? "");
    position += name[0].length + value[0].length;
  }
  return undefined;
}

function matchAt(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}

function unescaped(value: string): string {
  if (!value.includes("\\")) return value;
  return value.replace(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));
}
