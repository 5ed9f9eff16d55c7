import { nearest } from "hpa-metrics";
import { later, type Now } from "./later";
import type { Mistake } from "./mistake";

/** The mistakes (none or one) of an argument that takes one of a few words: programs without types can write any. */
export function choiceMistakes(path: string, value: Now<unknown>, choices: readonly string[]): Mistake[] {
  if (value === later || value === undefined || value === null || choices.some((choice) => choice === value)) return [];
  const near = nearest(String(value), choices);
  return [
    {
      path,
      code: "ASM_CHOICE_UNKNOWN",
      message: `${JSON.stringify(value)} is none of the values of ${path}${near === undefined ? "" : `, did you mean ${near}?`}`,
      remedy: `Use one of ${choices.join(", ")}`,
    },
  ];
}
