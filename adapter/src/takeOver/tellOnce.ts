import { type Problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import { type Log, logProblem } from "../kubernetes/log.ts";

/** Minimum time between two log lines about one code, with the same sentence and with another one, in ms. */
const SAME_MS = 600_000;
const OTHER_MS = 60_000;

/**
 * Creates a logger for something that is looked at every few seconds. It logs a sentence when it changes, and a problem
 * at most once in the times above, also if it comes and goes.
 */
export function createTeller(log: Log, monotonic: () => number) {
  const problems = new Map<string, { line: string; at: number }>();
  let said = "";
  return {
    problem(found: Problem): void {
      const line = problemLine(found);
      const last = problems.get(found.code);
      if (last && monotonic() - last.at < (last.line === line ? SAME_MS : OTHER_MS)) return;
      problems.set(found.code, { line, at: monotonic() });
      logProblem(log, found);
    },
    sentence(message: string): void {
      if (message !== said) log.info({}, `${message}.`);
      said = message;
    },
    forget(): void {
      said = "";
      problems.clear();
    },
  };
}
