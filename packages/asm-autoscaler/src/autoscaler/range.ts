import { later, type Now } from "../arguments/later";
import type { Mistake } from "../arguments/mistake";

/** The numbers that an argument may be. */
export interface Range {
  readonly from: number;
  readonly to: number;
  /** Decimals that the number may have; more would be lost. */
  readonly decimals: number;
}

/** The mistakes (none or one) of a number outside its range, both ends of which are inside. */
export function rangeMistakes(path: string, value: Now<number | undefined>, range: Range, remedy: string): Mistake[] {
  if (value === later || value === undefined) return [];
  const { from, to, decimals } = range;
  const fits = typeof value === "number" && value >= from && value <= to && Number(value.toFixed(decimals)) === value;
  if (fits) return [];
  const digits = decimals === 0 ? "a whole number" : `a number of at most ${decimals} decimals`;
  return [
    {
      path,
      code: "ASM_NUMBER_INVALID",
      message: `${JSON.stringify(value)} is not ${digits} from ${from} to ${to}`,
      remedy,
    },
  ];
}
