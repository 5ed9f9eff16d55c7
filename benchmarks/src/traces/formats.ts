import type { Counter } from "./counter.ts";

/** A format in which traces are published. */
export interface Format {
  /** What it is, and of which trace, for the help. */
  readonly about: string;
  /** Shortest step that it has, in seconds. */
  readonly stepSeconds: number;
  /**
   * Counts a part of a file.
   *
   * @param name Name of the file.
   * @throws TraceError for a part that is not of the format.
   */
  readonly read: (part: Part, name: string, counter: Counter) => void;
  /** How a file is cut into parts. */
  readonly parts: "lines" | "records" | "whole";
}

/** A line, a record, or a whole file. */
type Part = Buffer;

/** A file that is not of its format. The message is for the user. */
export class TraceError extends Error {}

/** Bytes of a record of WorldCup98. */
export const RECORD_BYTES = 20;

const HOUR_SECONDS = 3_600;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The formats by their names. */
export const FORMATS = {
  clf: {
    about: "Common Log Format: NASA-HTTP, ClarkNet-HTTP",
    ...{ stepSeconds: 1, parts: "lines", read: commonLog },
  },
  worldcup98: {
    about: "binary records of 20 bytes: WorldCup98",
    ...{ stepSeconds: 1, parts: "records", read: worldCup },
  },
  wikimedia: {
    about: "JSON of the pageviews API with hourly items",
    ...{ stepSeconds: HOUR_SECONDS, parts: "whole", read: pageviews },
  },
  azure2019: {
    about: "invocations_per_function_md.anon.d01.csv to d14: Azure Functions 2019",
    ...{ stepSeconds: 60, parts: "lines", read: azureFunctions },
  },
  counts: {
    about: "CSV with a time and a count in each line: Numenta Anomaly Benchmark",
    ...{ stepSeconds: 1, parts: "lines", read: counts },
  },
} as const satisfies Readonly<Record<string, Format>>;

/** `host - - [01/Jul/1995:00:00:01 -0400] "GET /" 200 6245`. https://www.w3.org/Daemon/User/Config/Logging.html */
const LOG_TIME = /\[(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})\]/;

/**
 * Requests count by the local time of their server: that is the one by which they repeat. Lines without a time, of which
 * NASA-HTTP has a few, are not counted.
 */
function commonLog(line: Part, _name: string, counter: Counter): void {
  const found = LOG_TIME.exec(line.toString("latin1"));
  if (!found) return;
  const [, day, month, year, hour, minute, second] = found;
  const date = [Number(year), MONTHS.indexOf(month ?? ""), Number(day)] as const;
  counter.add(Date.UTC(...date, Number(hour), Number(minute), Number(second)) / 1000, 1);
}

/** The first four bytes are the Unix time, most significant byte first. https://ita.ee.lbl.gov/html/contrib/WorldCup.html */
function worldCup(record: Part, name: string, counter: Counter): void {
  if (record.length !== RECORD_BYTES)
    throw new TraceError(`${name} does not consist of records of ${RECORD_BYTES} bytes`);
  counter.add(record.readUInt32BE(0), 1);
}

/** `{ "items": [{ "timestamp": "2015100100", "views": 7 }] }`. https://wikimedia.org/api/rest_v1 */
function pageviews(file: Part, name: string, counter: Counter): void {
  const { items } = JSON.parse(file.toString("utf8")) as { items?: { timestamp?: string; views?: number }[] };
  if (!items) throw new TraceError(`${name} has no items`);
  for (const { timestamp = "", views } of items) {
    const [, year, month, day, hour] = /^(\d{4})(\d{2})(\d{2})(\d{2})$/.exec(timestamp) ?? [];
    if (year === undefined || typeof views !== "number")
      throw new TraceError(`${name} has an item without a timestamp such as 2015100100, or without views`);
    counter.add(Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour)) / 1000, views);
  }
}

/** The files have no date but July 2019. The first one is taken for a Monday. */
const AZURE_START = Date.UTC(2019, 6, 15) / 1000;
/** HashOwner, HashApp, HashFunction and Trigger come before the counts of the 1,440 minutes of a day. */
const AZURE_COLUMNS = 4;

/** One line for each function. All lines of the files are added up. */
function azureFunctions(line: Part, name: string, counter: Counter): void {
  const day = Number(/\.d(\d{2})\.csv/.exec(name)?.[1]);
  if (!(day >= 1)) throw new TraceError(`${name} does not have its day in its name, such as .d01.csv`);
  const minutes = line.toString("utf8").split(",").slice(AZURE_COLUMNS);
  // The header names the minutes.
  if (minutes.length === 0 || line.toString("utf8").startsWith("HashOwner,")) return;
  for (const [minute, count] of minutes.entries())
    counter.add(AZURE_START + (day - 1) * 86_400 + minute * 60, Number(count));
}

/** `2014-04-10 00:04:00,94.0` or with Unix seconds. A first line without a time is a header. */
function counts(line: Part, name: string, counter: Counter): void {
  const [time = "", count = ""] = line.toString("utf8").trim().split(",");
  if (time === "" || !/\d/.test(time)) return;
  const at = /^\d+$/.test(time) ? Number(time) : Date.parse(`${time.replace(" ", "T").replace(/Z?$/, "Z")}`) / 1000;
  if (Number.isNaN(at) || count === "" || Number.isNaN(Number(count)))
    throw new TraceError(`${name} has a line that is not a time and a count: ${line.toString("utf8").slice(0, 80)}`);
  counter.add(at, Number(count));
}
