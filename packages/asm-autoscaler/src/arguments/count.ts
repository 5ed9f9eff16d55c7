import { later, type Now } from "./later";
import type { Mistake } from "./mistake";

/** Kubernetes keeps its counts in an int32. */
const MOST = 2_147_483_647;

/** The mistakes (none or one) of a number that must be a whole one: of at least 1, unless another range is given. */
export function countMistakes(
  path: string,
  value: Now<number | undefined>,
  remedy: string,
  { least = 1, most = MOST }: { least?: number; most?: number } = {},
): Mistake[] {
  if (value === later || value === undefined) return [];
  if (Number.isInteger(value) && value >= least && value <= most) return [];
  return [
    {
      path,
      code: "ASM_COUNT_INVALID",
      message: `${JSON.stringify(value)} is not a whole number from ${least} to ${most}`,
      remedy,
    },
  ];
}
