import { counted } from "../plural";
import { type Problem, problem } from "../problem";
import type { Report } from "./settings";

/** Maximum number of problems listed for each severity. Further problems are only counted. */
const MOST_PROBLEMS = 50;
/** Maximum length of a message and of a key, in characters. Both quote text that any author of an HPA can write. */
const MOST_MESSAGE = 1_000;
const MOST_KEY = 350;

/** The problems of one HPA, without duplicates and limited in number. */
export interface ProblemList {
  readonly report: Report;
  /** Reports whether a further problem of this severity would only be counted. */
  isFull(severity: Problem["severity"]): boolean;
  list(): Problem[];
}

/**
 * Creates an empty list. The same problem can be reported several times, because metrics with the same name share their
 * annotations. Messages are cut at 1,000 characters and keys at 350. After 50 problems of a severity, one more problem
 * states the number of the others.
 */
export function createProblemList(): ProblemList {
  const problems = new Map<string, Problem>();
  const counts = { error: 0, warning: 0 };
  let leftOut = 0;
  const isFull = (severity: Problem["severity"]) => counts[severity] >= MOST_PROBLEMS;
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

/** The problem with its key and message cut to their maximum length. */
export function cutProblem(problem: Problem): Problem {
  const { key, message } = problem;
  return { ...problem, ...(key === undefined ? {} : { key: cut(key, MOST_KEY) }), message: cut(message, MOST_MESSAGE) };
}

function more(count: number): Problem {
  return problem("ASM_MORE_PROBLEMS", `the HPA has at least ${counted(count, "more problem")}, not listed here`);
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
