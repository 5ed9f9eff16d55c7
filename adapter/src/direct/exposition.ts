import { StringDecoder } from "node:string_decoder";
import type { Answer, ScrapeFailure } from "./connection.ts";
import { createReading, type Exposition, type ExpositionUser, type Reading, USED_UP } from "./expositionUser.ts";
import type { NamespaceShare } from "./namespaceShare.ts";
import { domainOf, type Selection } from "./selections.ts";
import { statOf } from "./seriesNames.ts";

/** Reads an answer in chunks. */
export interface ExpositionReader {
  /** Reads the next bytes. Takes time in proportion to their number. Returns false if the rest need not be read. */
  push(chunk: Buffer): boolean;
  /** What each user gets. */
  end(answer: Answer): Exposition[];
  /** Whether the answer as a whole was too large, or had a line that is too long. */
  readonly isTooLarge: boolean;
  /** The bytes of each selection that were read. */
  sizes(): { readonly selection: Selection; readonly bytes: number }[];
}

/** Maximum size of an answer, in bytes. An answer of one caller with all histograms has 60 kB. */
const MOST_BYTES = 2 * 1024 * 1024;
/** Maximum length of a line in characters. Istio's longest have 1,500. */
const MOST_LINE = 16 * 1024;
/**
 * Creates a reader of the Prometheus text format for the samples of a few metrics. Every other line is skipped before
 * its labels are parsed. A user gets the series of its reporter, and of its domain or namespace. A duplicate series has its last value, as
 * in the order of the text. TYPE lines, timestamps and blank lines have no effect.
 *
 * A line that cannot be read fails the answer for all users that it may belong to. So does one without the label
 * `reporter`. NaN, an infinity and a negative number are not values of a counter.
 *
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 *
 * @param podShare the share that all other bytes count on
 */
export function createExpositionReader(users: readonly ExpositionUser[], podShare: NamespaceShare): ExpositionReader {
  const decoder = new StringDecoder("utf8");
  const readings = users.map(createReading);
  /** The users of all series, and those of one domain or namespace, by the sample name. */
  const routes = new Map<string, Routes>();
  /** Bytes by the name inside Envoy and the domain. */
  const sizes = new Map<string, Map<string | undefined, number>>();
  for (const reading of readings) {
    const { metrics, wanted } = reading.user;
    for (const metric of metrics) {
      const route: Routes = routes.get(metric) ?? { whole: [], domains: new Map(), namespaces: new Map() };
      routes.set(metric, route);
      const { domain, namespace } = wanted;
      if (domain !== undefined) add(route.domains, domain, reading);
      else if (namespace !== undefined) add(route.namespaces, namespace, reading);
      else route.whole.push(reading);
      const bytes = sizes.get(statOf(metric)) ?? new Map<string | undefined, number>();
      sizes.set(statOf(metric), bytes.set(wanted.domain, 0));
    }
  }
  let [rest, lines, bytes] = ["", 0, 0];
  /** Bytes that are not of a user and are not counted yet. Below zero while the begin of a user's line was counted. */
  let owed = 0;
  let isTooLarge = false;

  const failAll = (failure: ScrapeFailure, sentence: string) => {
    for (const reading of readings) reading.fail(failure, sentence);
  };
  const tooLarge = (sentence: string) => {
    isTooLarge = true;
    failAll("large", sentence);
  };
  const readLine = (text: string, start: number, end: number) => {
    const name = nameAt(text, start);
    const ofStat = name === undefined ? undefined : sizes.get(statOf(name));
    if (name === undefined || !ofStat) return;
    const line = text.slice(start, end);
    const service = valueIn(line, SERVICE);
    const domain = domainOf(service.value);
    const size = line.length + 1;
    const key = ofStat.has(domain) ? domain : undefined;
    ofStat.set(key, (ofStat.get(key) ?? 0) + size);
    const route = routes.get(name);
    if (!route) return;
    const here = `line ${lines} of its answer, a sample of ${name},`;
    const place = route.namespaces.size > 0 ? valueIn(line, NAMESPACE) : NO_VALUE;
    let isClaimed = false;
    for (const [lists, isAmbiguous, value] of [
      [route.domains, service.isAmbiguous, domain],
      [route.namespaces, place.isAmbiguous, place.value],
    ] as const) {
      if (isAmbiguous)
        for (const [own, all] of lists)
          if (line.includes(own)) for (const reading of all) reading.fail("answer", `${here} cannot be read`);
      if (isAmbiguous || value === undefined) continue;
      for (const reading of lists.get(value) ?? []) isClaimed = reading.readLine(line, name, here, size) || isClaimed;
    }
    for (const reading of route.whole) isClaimed = reading.readLine(line, name, here, size) || isClaimed;
    if (isClaimed) owed -= size;
  };

  const readLines = (text: string): number => {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      lines++;
      if (end - start > MOST_LINE) tooLarge(TOO_LONG);
      else if (text.charCodeAt(start) !== HASH) readLine(text, start, end);
      start = end + 1;
    }
    return start;
  };

  return {
    push(chunk) {
      bytes += chunk.length;
      owed += chunk.length;
      if (bytes > MOST_BYTES) tooLarge(`its answer has more than ${MOST_BYTES} bytes`);
      const text = rest + decoder.write(chunk);
      rest = text.slice(readLines(text));
      if (rest.length > MOST_LINE) tooLarge(TOO_LONG);
      if (!podShare.spend(Math.max(0, owed))) failAll("busy", USED_UP);
      owed = Math.min(0, owed);
      return readings.some((reading) => reading.isReading());
    },
    end(answer) {
      if (!answer.ok) failAll(answer.failure, answer.sentence);
      if (rest !== "") failAll("answer", "its answer was cut off");
      return readings.map((reading) => reading.end());
    },
    get isTooLarge() {
      return isTooLarge;
    },
    sizes: () =>
      [...sizes].flatMap(([stat, domains]) =>
        Array.from(domains, ([domain, size]) => ({ selection: { stat, domain }, bytes: size })),
      ),
  };
}

const TOO_LONG = `a line of its answer is longer than ${MOST_LINE} characters`;
const HASH = 0x23;

interface Routes {
  readonly whole: Reading[];
  readonly domains: Map<string, Reading[]>;
  readonly namespaces: Map<string, Reading[]>;
}

function add(lists: Map<string, Reading[]>, key: string, reading: Reading): void {
  const list = lists.get(key);
  if (list) list.push(reading);
  else lists.set(key, [reading]);
}

/** The sample name at `start`. */
function nameAt(text: string, start: number): string | undefined {
  NAME.lastIndex = start;
  return NAME.exec(text)?.[1];
}

const NAME = /([a-zA-Z_:][a-zA-Z0-9_:]{0,200})[{ \t]/y;
const SERVICE = 'destination_service="';
const NAMESPACE = 'destination_workload_namespace="';
const NO_VALUE = { value: undefined, isAmbiguous: false };

/**
 * The value of a label in a line, without parsing all labels. Ambiguous: an old Envoy writes a quote in a value without
 * an escape, so a value can look like a label.
 */
function valueIn(line: string, label: string): { value: string | undefined; isAmbiguous: boolean } {
  const start = line.indexOf(label);
  if (start < 0) return NO_VALUE;
  const from = start + label.length;
  return { value: line.slice(from, line.indexOf('"', from)), isAmbiguous: line.indexOf(label, from) >= 0 };
}
