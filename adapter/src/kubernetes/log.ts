import { pino } from "pino";
import { withoutSecrets } from "./secrets.ts";

/** Fields that say what a line is about; a fault's `code` is one of docs/reference/errors.md. */
export interface LogFields {
  code?: string;
  hpa?: string;
  key?: string;
  server?: string;
  [field: string]: string | number | boolean | undefined;
}

/** One structured line per event, on standard output. Texts are cut, and what may be a secret is left out. */
export interface Log {
  info(fields: LogFields, sentence: string): void;
  warn(fields: LogFields, sentence: string): void;
  error(fields: LogFields, sentence: string): void;
}

/** Longest text of a line, characters. */
const MOST_TEXT = 2_000;

/** JSON lines with ISO times: `{"level":"warn","time":"…","hpa":"test/podinfo","msg":"…"}`. */
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
