import type { Now } from "./later";
import type { Mistake } from "./mistake";

/** The mistake (none or one) of an argument that a program without types left out. */
export function missingMistakes(path: string, value: Now<unknown>, remedy: string): Mistake[] {
  if (value !== undefined && value !== null) return [];
  return [{ path, code: "ASM_ARGUMENT_MISSING", message: `${path} is not given`, remedy }];
}
