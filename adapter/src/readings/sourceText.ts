import { oneLine, problem, problems, record } from "@asm-autoscaler/hpa-metrics";
import { withoutSecrets } from "../kubernetes/secrets.ts";
import type { PodsValue, ReadingSource, SourceValue } from "./reading.ts";

/** Maximum length of the message of a problem, in characters. */
const MOST_MESSAGE = 300;

/** The sources of a reading as one line of ASCII, for a header of the API's answer. */
export function formatSource({ problem: reason, ...source }: ReadingSource): string {
  const shown = reason
    ? { problem: { code: reason.code, message: oneLine(withoutSecrets(reason.message), MOST_MESSAGE) } }
    : {};
  const json = JSON.stringify({ ...source, ...shown });
  return json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Parses such a line. Returns undefined for a text of another form, which another version may send. */
export function parseSource(text: string): ReadingSource | undefined {
  try {
    const { from, prometheus, pods, problem: reason } = record(JSON.parse(text));
    if (from !== "prometheus" && from !== "pods") return undefined;
    const { code, message } = record(reason);
    const known = (Object.keys(problems) as (keyof typeof problems)[]).find((one) => one === code);
    return {
      from,
      ...(isNumbers<SourceValue>(prometheus, "value", "evaluatedAt") ? { prometheus } : {}),
      ...(isNumbers<PodsValue>(pods, "value", "evaluatedAt", "noise", "pods", "sampled", "read") ? { pods } : {}),
      ...(known && typeof message === "string" ? { problem: problem(known, message) } : {}),
    };
  } catch {
    return undefined;
  }
}

function isNumbers<T>(value: unknown, ...names: (keyof T & string)[]): value is T {
  return names.every((name) => typeof record(value)[name] === "number");
}
