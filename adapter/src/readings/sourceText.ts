import { oneLine, type Problem, problem, problems, record } from "@asm-autoscaler/hpa-metrics";
import { withoutSecrets } from "../kubernetes/secrets.ts";
import type { PodsValue, ReadingSource, SourceValue } from "./reading.ts";

/** Maximum length of the message of a problem, in characters. */
const MOST_MESSAGE = 300;

/** The sources of a reading as one line of ASCII, for a header of the API's answer. */
export function formatSource({ problem: reason, tooLow, ...source }: ReadingSource): string {
  const shown = (name: "problem" | "tooLow", found: Problem | undefined) =>
    found ? { [name]: { code: found.code, message: oneLine(withoutSecrets(found.message), MOST_MESSAGE) } } : {};
  const json = JSON.stringify({ ...source, ...shown("problem", reason), ...shown("tooLow", tooLow) });
  return json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Parses such a line. Returns undefined for a text of another form, which another version may send. */
export function parseSource(text: string): ReadingSource | undefined {
  try {
    const { from, prometheus, pods, problem: reason, tooLow } = record(JSON.parse(text));
    if (from !== "prometheus" && from !== "pods") return undefined;
    return {
      from,
      ...(isNumbers<SourceValue>(prometheus, "value", "evaluatedAt") ? { prometheus } : {}),
      ...(isNumbers<PodsValue>(pods, "value", "evaluatedAt", "noise", "pods", "sampled", "read") ? { pods } : {}),
      ...parsed("problem", reason),
      ...parsed("tooLow", tooLow),
    };
  } catch {
    return undefined;
  }
}

function parsed(name: "problem" | "tooLow", text: unknown): { problem?: Problem; tooLow?: Problem } {
  const { code, message } = record(text);
  const known = (Object.keys(problems) as (keyof typeof problems)[]).find((one) => one === code);
  return known && typeof message === "string" ? { [name]: problem(known, message) } : {};
}

function isNumbers<T>(value: unknown, ...names: (keyof T & string)[]): value is T {
  return names.every((name) => typeof record(value)[name] === "number");
}
