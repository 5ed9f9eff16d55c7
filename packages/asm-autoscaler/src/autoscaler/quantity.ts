import { formatMilli, milliFromNumber, parseQuantity } from "hpa-metrics";
import { later, type Now } from "../arguments/later";
import type { Mistake } from "../arguments/mistake";

/** The mistakes (none or one) of a target that is a number. */
export function numberTargetMistakes(path: string, value: Now<number | undefined>, remedy: string): Mistake[] {
  if (value === later || value === undefined) return [];
  return positive(path, String(value), () => formatMilli(milliFromNumber(value)), remedy);
}

/** The mistakes (none or one) of a target that is a Kubernetes quantity. */
export function quantityMistakes(path: string, value: Now<string | undefined>): Mistake[] {
  if (value === later || value === undefined) return [];
  return positive(path, JSON.stringify(value), () => value, "Give a quantity such as 10, 500m or 2k");
}

/** A target of zero or less is refused by the API server; what is under a milli would be printed as zero. */
function positive(path: string, shown: string, quantity: () => string, remedy: string): Mistake[] {
  const wrong = (message: string): Mistake[] => [{ path, code: "ASM_TARGET_INVALID", message, remedy }];
  try {
    return parseQuantity(quantity()).milli > 0n ? [] : wrong(`The target ${shown} is not above zero`);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
    return wrong(`The target ${shown} is no quantity: ${why}`);
  }
}
