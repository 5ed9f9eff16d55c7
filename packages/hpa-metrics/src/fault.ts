/** What is wrong with an HPA's annotations, said so that its owner can repair it. */
export interface Fault {
  /** Stable code, `ASM_…`, listed in the error reference. */
  readonly code: string;
  /** An `error` leaves a metric unserved; a `warning` does not. */
  readonly severity: "error" | "warning";
  /** The annotation key it is about; absent when it is about the metric in the HPA's spec. */
  readonly key?: string;
  /** One sentence that names the thing. Lines after the first show it: the faulty line of a query with a caret. */
  readonly message: string;
  /** What to do about it: one sentence. */
  readonly remedy: string;
}

/** The fault as one line, for logs and events: `ASM_CODE: message. Remedy.` */
export function faultLine(fault: Fault): string {
  const [sentence = ""] = fault.message.split("\n");
  return `${fault.code}: ${ended(sentence)} ${ended(fault.remedy)}`;
}

function ended(sentence: string): string {
  const words = sentence.replace(/\s+/g, " ").trim();
  return /[.?!]$/.test(words) ? words : `${words}.`;
}

/** Thrown where a fault is the caller's own mistake. Its message is the fault's line, then the lines that show it. */
export class FaultError extends Error {
  override readonly name = "FaultError";
  readonly code: string;
  readonly fault: Fault;

  constructor(fault: Fault) {
    super([faultLine(fault), ...fault.message.split("\n").slice(1)].join("\n"));
    this.code = fault.code;
    this.fault = fault;
  }
}
