import { faultLine } from "hpa-metrics";

/** What was given to `check` cannot be read: exit code 2. */
export class CheckError extends Error {
  readonly code = "ASM_CHECK_INPUT";
  constructor(message: string, remedy: string) {
    super(faultLine({ code: "ASM_CHECK_INPUT", severity: "error", message, remedy }));
  }
}
