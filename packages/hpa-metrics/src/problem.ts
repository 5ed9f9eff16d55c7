import { adapterProblems } from "./problems/adapter";
import { customMetricProblems } from "./problems/customMetrics";
import type { ProblemKind } from "./problems/kind";
import { libraryProblems } from "./problems/library";
import { repositoryProblems } from "./problems/repository";

export type AdapterProblemCode = keyof typeof adapterProblems | keyof typeof customMetricProblems;
export type LibraryProblemCode = keyof typeof libraryProblems;
export type RepositoryProblemCode = keyof typeof repositoryProblems;

/** Stable code of a problem. docs/reference/errors.md lists all codes. */
export type ProblemCode = AdapterProblemCode | LibraryProblemCode | RepositoryProblemCode;

/** Every problem by its code. */
export const problems: Readonly<Record<ProblemCode, ProblemKind>> = {
  ...libraryProblems,
  ...adapterProblems,
  ...customMetricProblems,
  ...repositoryProblems,
};

/** A problem with its code, worded so that its reader can correct it. */
export interface Problem {
  readonly code: ProblemCode;
  /** With an `error`, the metric is not served. With a `warning`, it is. */
  readonly severity: ProblemKind["severity"];
  /** The annotation key with the problem. Absent if the problem is not in an annotation. */
  readonly key?: string;
  /** One sentence that names the object. Further lines show it: the line of a query with the error, and a caret. */
  readonly message: string;
  /** One sentence that says how to correct it. */
  readonly remedy: string;
}

/** What differs from the table: a remedy with the values of this case, another severity, the annotation's key. */
type ProblemDetails = Partial<Pick<Problem, "key" | "remedy" | "severity">>;

/** Creates a problem with the severity and the remedy that the table has for its code. */
export function problem(code: ProblemCode, message: string, details: ProblemDetails = {}): Problem {
  const { severity, remedy } = problems[code];
  return { code, severity, message, remedy, ...details };
}

/** The problem as one line, for logs and events: `ASM_CODE: message. Remedy.` */
export function problemLine({ code, message, remedy }: Pick<Problem, "code" | "message" | "remedy">): string {
  const [sentence = ""] = message.split("\n");
  return `${code}: ${ended(sentence)} ${ended(remedy)}`;
}

function ended(sentence: string): string {
  const words = sentence.replace(/\s+/g, " ").trim();
  return /[.?!\u2026]$/.test(words) ? words : `${words}.`;
}

/** The problem's line, followed by the lines that show the error. */
export function problemText(problem: Pick<Problem, "code" | "message" | "remedy">): string {
  return [problemLine(problem), ...problem.message.split("\n").slice(1)].join("\n");
}

/** Thrown for a problem. The message is the problem's text. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly code: ProblemCode;
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problemText(problem), options);
    this.code = problem.code;
    this.problem = problem;
  }
}
