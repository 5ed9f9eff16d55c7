import { faultLine } from "hpa-metrics";

/** What was given to `explain` cannot be used, or the HPA cannot be read: exit code 2. */
export class ExplainError extends Error {
  readonly code = "ASM_EXPLAIN_INPUT";
  constructor(message: string, remedy: string) {
    super(faultLine({ code: "ASM_EXPLAIN_INPUT", severity: "error", message, remedy }));
  }
}
