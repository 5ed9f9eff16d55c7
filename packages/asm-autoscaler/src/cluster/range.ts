import { later, type Now } from "../arguments/later";
import type { Mistake } from "../arguments/mistake";

/** The mistake (none or one) of a number that must be a whole one from `least` to `most`. */
export function rangeMistakes(
  path: string,
  value: Now<number | undefined>,
  { least, most }: { least: number; most: number },
): Mistake[] {
  if (value === later || value === undefined || value === null) return [];
  if (Number.isInteger(value) && value >= least && value <= most) return [];
  return [
    {
      path,
      code: "ASM_COUNT_INVALID",
      message: `${JSON.stringify(value)} is not a whole number from ${least} to ${most}`,
      remedy: "Give one in that range, or leave it to the default where there is one",
    },
  ];
}

/** The mistake (none or one) of a value that must be one of a few. */
export function choiceMistakes(path: string, value: Now<string | undefined>, choices: object): Mistake[] {
  const known: unknown[] = Object.values(choices);
  if (value === later || value === undefined || value === null || known.includes(value)) return [];
  return [
    {
      path,
      code: "ASM_CHOICE_UNKNOWN",
      message: `${JSON.stringify(value)} is none of the values of ${path}`,
      remedy: `Use one of ${known.join(", ")}`,
    },
  ];
}
