import type { Fault } from "../fault";
import type { Report } from "./settings";

/** Problems of each severity that are listed; the others are counted. */
const MOST_PROBLEMS = 50;
/** Longest message and key, characters: both quote what anybody may have written. */
const MOST_MESSAGE = 1_000;
const MOST_KEY = 350;

/** The problems of one HPA, each once, as many as a reader can use. */
export interface ProblemList {
  readonly report: Report;
  /** Whether another problem of the severity would only be counted. */
  isFull(severity: Fault["severity"]): boolean;
  list(): Fault[];
}

/**
 * An empty list. Metrics of one name share their annotations, so the same problem may be reported several times. Messages and
 * keys are cut at 1,000 and 350 characters, and after 50 problems of a severity a last one counts the others.
 */
export function createProblemList(): ProblemList {
  const problems = new Map<string, Fault>();
  const counts = { error: 0, warning: 0 };
  let leftOut = 0;
  const isFull = (severity: Fault["severity"]) => counts[severity] >= MOST_PROBLEMS;
  return {
    report(whole) {
      const problem = cutProblem(whole);
      const identity = JSON.stringify([problem.code, problem.key, problem.message]);
      if (problems.has(identity)) return;
      if (isFull(problem.severity)) {
        leftOut++;
        return;
      }
      counts[problem.severity]++;
      problems.set(identity, problem);
    },
    isFull,
    list: () => [...problems.values(), ...(leftOut > 0 ? [more(leftOut)] : [])],
  };
}

/** The problem with a key and a message of bounded length, whatever they quote. */
export function cutProblem(problem: Fault): Fault {
  const { key, message } = problem;
  return { ...problem, ...(key === undefined ? {} : { key: cut(key, MOST_KEY) }), message: cut(message, MOST_MESSAGE) };
}

function more(count: number): Fault {
  return {
    code: "ASM_MORE_PROBLEMS",
    severity: "warning",
    message: `the HPA has at least ${count} more problems, which are not listed`,
    remedy: "Correct those that are listed first",
  };
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
