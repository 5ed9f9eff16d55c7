import { formatMilli, milliFromNumber, parseQuantity } from "@asm-autoscaler/hpa-metrics";
import type { InputError } from "../validation/inputErrors";
import { type Known, UNKNOWN } from "../validation/inputs";

/** The error (none or one) of a target that is a number. */
export function numberTargetErrors(path: string, value: Known<number | undefined>, remedy: string): InputError[] {
  if (value === UNKNOWN || value === undefined) return [];
  return positive(path, String(value), () => formatMilli(milliFromNumber(value)), remedy);
}

/** The error (none or one) of a target that is a Kubernetes quantity. */
export function quantityErrors(path: string, value: Known<string | undefined>): InputError[] {
  if (value === UNKNOWN || value === undefined) return [];
  return positive(path, JSON.stringify(value), () => value, "Set a quantity such as 10, 500m or 2k");
}

/** The error of a target that is not above zero. The API server rejects it, and prints less than a milli as zero. */
function positive(path: string, shown: string, quantity: () => string, remedy: string): InputError[] {
  const wrong = (message: string): InputError[] => [{ path, code: "ASM_TARGET_INVALID", message, remedy }];
  try {
    return parseQuantity(quantity()).milli > 0n ? [] : wrong(`The target ${shown} is not above zero`);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
    return wrong(`The target ${shown} is not a quantity: ${why}`);
  }
}
