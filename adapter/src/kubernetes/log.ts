import { pino } from "pino";
import { withoutSecrets } from "./secrets.ts";

/** Structured fields of a log line. The `code` of a problem is listed in docs/reference/errors.md. */
export interface LogFields {
  code?: string;
  hpa?: string;
  key?: string;
  server?: string;
  [field: string]: string | number | boolean | undefined;
}

/** Logger that writes one structured line per event to standard output. It truncates long texts and redacts secrets. */
export interface Log {
  info(fields: LogFields, sentence: string): void;
  warn(fields: LogFields, sentence: string): void;
  error(fields: LogFields, sentence: string): void;
}

/** Maximum length of one text in a log line, in characters. */
const MOST_TEXT = 2_000;

/** Creates a logger of JSON lines with ISO times: `{"level":"warn","time":"…","hpa":"test/podinfo","msg":"…"}`. */
export function createLog(): Log {
  const lines = pino({
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
  const write = (level: "info" | "warn" | "error") => (fields: LogFields, sentence: string) =>
    lines[level](cleanFields(fields), clean(sentence));
  return { info: write("info"), warn: write("warn"), error: write("error") };
}

function cleanFields(fields: LogFields): LogFields {
  const entries = Object.entries(fields);
  return Object.fromEntries(entries.map(([name, value]) => [name, typeof value === "string" ? clean(value) : value]));
}

function clean(text: string): string {
  return withoutSecrets(text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text);
}
