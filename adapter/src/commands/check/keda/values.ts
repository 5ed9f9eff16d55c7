import type { Finding } from "../report.ts";

const TRUE = ["1", "t", "T", "TRUE", "true", "True"];
const FALSE = ["0", "f", "F", "FALSE", "false", "False"];

/**
 * Parses a boolean as KEDA does, with Go's strconv.ParseBool. Spaces around it do not count. Returns undefined for any
 * other text.
 */
export function goBool(text: string): boolean | undefined {
  const word = text.trim();
  if (TRUE.includes(word)) return true;
  return FALSE.includes(word) ? false : undefined;
}

/** Parses a decimal number as Go does. Returns NaN for other texts, such as an empty one or `0x10`. */
export function goNumber(text: string): number {
  return /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
}

/** A field of a ScaledObject that an HPA does not have. */
export function lost(key: string, message: string, here: string, reference = "does it"): Finding {
  return { id: "keda", differs: true, key, message, reference, here };
}

/** A field of a ScaledObject that makes no difference. */
export function harmless(key: string, message: string, here: string, reference = "reads it"): Finding {
  return { id: "keda", differs: false, key, message, reference, here };
}
