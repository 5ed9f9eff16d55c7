import { countMistakes } from "../arguments/count";
import { isGiven } from "../arguments/given";
import type { Now } from "../arguments/later";
import type { Mistake } from "../arguments/mistake";

/** The mistake (none or one) of a number that must be a whole one from `least` to `most`, where it is given. */
export function rangeMistakes(
  path: string,
  value: Now<number | undefined>,
  range: { least: number; most: number },
): Mistake[] {
  if (!isGiven(value)) return [];
  return countMistakes(path, value, "Give one in that range, or leave it to the default where there is one", range);
}
