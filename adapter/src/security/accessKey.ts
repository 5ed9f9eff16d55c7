import { hash } from "node:crypto";

/** A cache key for anything that JSON can hold: the hash of its text, as short for a user with many groups as for any other. */
export function accessKey(value: unknown): string {
  return hash("sha256", JSON.stringify(value), "base64");
}
