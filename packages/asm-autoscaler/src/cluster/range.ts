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
