import type { JsonObject } from "../providerProtocol/json.ts";

/**
 * The object was created or changed, but did not become ready. The state keeps it, and the next update waits for it
 * again.
 */
export class Unready extends Error {
  readonly object: JsonObject;
  readonly reasons: readonly string[];

  constructor(message: string, object: JsonObject, reasons: readonly string[]) {
    super(message);
    this.object = object;
    this.reasons = reasons;
  }
}
