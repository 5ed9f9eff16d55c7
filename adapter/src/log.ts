import { pino } from "pino";

/** Fields that say what a line is about; a fault's `code` is one of docs/reference/errors.md. */
export interface LogFields {
  code?: string;
  hpa?: string;
  key?: string;
  server?: string;
  [field: string]: string | number | boolean | undefined;
}

/** One structured line per event, on standard output. Never given a token, a key or a password. */
export interface Log {
  info(fields: LogFields, sentence: string): void;
  warn(fields: LogFields, sentence: string): void;
  error(fields: LogFields, sentence: string): void;
}

/** JSON lines with ISO times: `{"level":"warn","time":"…","hpa":"test/podinfo","msg":"…"}`. */
export function createLog(): Log {
  return pino({
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}
