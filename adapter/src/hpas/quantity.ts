import { type ParsedQuantity, parseQuantity, QuantityError } from "hpa-metrics";

/** A quantity as an HPA has it; undefined where there is none, or none that can be read. */
export function quantityOf(value: unknown): ParsedQuantity | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  try {
    return parseQuantity(String(value));
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
}
