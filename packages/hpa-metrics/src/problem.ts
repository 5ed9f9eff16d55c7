/** A problem in an HPA's annotations, worded so that the HPA's owner can correct it. */
export interface Problem {
  /** Stable code, `ASM_…`. The error reference lists all codes. */
  readonly code: string;
  /** With an `error`, the metric is not served. With a `warning`, it is. */
  readonly severity: "error" | "warning";
  /** The annotation key with the problem. Absent if the problem is in the metric of the HPA's spec. */
  readonly key?: string;
  /** One sentence that names the object. Further lines show it: the line of a query with the error, and a caret. */
  readonly message: string;
  /** One sentence that says how to correct it. */
  readonly remedy: string;
}

/** The problem as one line, for logs and events: `ASM_CODE: message. Remedy.` */
export function problemLine(problem: Problem): string {
  const [sentence = ""] = problem.message.split("\n");
  return `${problem.code}: ${ended(sentence)} ${ended(problem.remedy)}`;
}

function ended(sentence: string): string {
  const words = sentence.replace(/\s+/g, " ").trim();
  return /[.?!]$/.test(words) ? words : `${words}.`;
}

/**
 * Thrown if the caller caused the problem. The message is the problem's line, followed by the lines that show the
 * error.
 */
export class ProblemError extends Error {
  override readonly name = "FaultError";
  readonly code: string;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super([problemLine(problem), ...problem.message.split("\n").slice(1)].join("\n"));
    this.code = problem.code;
    this.problem = problem;
  }
}
