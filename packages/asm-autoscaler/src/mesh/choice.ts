import { later, type Now } from "../arguments/later";
import type { Mistake } from "../arguments/mistake";

/** The mistake (none or one) of a value that must be one of an enum's; programs without types can give any. */
export function choiceMistakes(path: string, value: Now<string | undefined>, choices: readonly string[]): Mistake[] {
  if (value === later || value === undefined || value === null || choices.includes(value)) return [];
  return [
    {
      path,
      code: "ASM_CHOICE_UNKNOWN",
      message: `${JSON.stringify(value)} is not one of ${choices.join(", ")}`,
      remedy: "Write one of them, in upper and lower case as here",
    },
  ];
}
