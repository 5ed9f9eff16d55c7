import { type Problem, type ProblemCode, problemLine } from "@asm-autoscaler/hpa-metrics";
import { pino } from "pino";
import { withoutSecrets } from "./secrets.ts";

/** Structured fields of a log line. */
export interface LogFields {
  code?: ProblemCode;
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

/** Logs a problem at the level of its severity, with its code as a field. */
export function logProblem(log: Log, problem: Problem, fields: LogFields = {}): void {
  log[problem.severity === "error" ? "error" : "warn"]({ code: problem.code, ...fields }, problemLine(problem));
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
