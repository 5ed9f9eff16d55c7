import { createHash } from "node:crypto";

const SHORT = 1024;

/** A cache key for anything that JSON can hold: the text itself, or its hash where a user with many groups made it long. */
export function accessKey(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= SHORT ? text : createHash("sha256").update(text).digest("base64");
}
