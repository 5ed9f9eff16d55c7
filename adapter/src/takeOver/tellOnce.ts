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
  const said = new Map<string, string>();
  return {
    /** @param about what the problem or the sentence is about, such as an API group */
    problem(found: Problem, about = ""): void {
      const line = problemLine(found);
      const key = `${about} ${found.code}`;
      const last = problems.get(key);
      if (last && monotonic() - last.at < (last.line === line ? SAME_MS : OTHER_MS)) return;
      problems.set(key, { line, at: monotonic() });
      logProblem(log, found);
    },
    sentence(message: string, about: string): void {
      if (message !== said.get(about)) log.info({}, `${message}.`);
      said.set(about, message);
    },
    forget(): void {
      said.clear();
      problems.clear();
    },
  };
}
