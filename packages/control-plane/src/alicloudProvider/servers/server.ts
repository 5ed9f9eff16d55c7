import { createHash } from "node:crypto";
import { isObject, type JsonObject } from "../../providerProtocol/json.ts";
import type { Cloud } from "../cloud.ts";
import type { ClusterAccess } from "../clusterAccess.ts";

/** The input of a cloud service that creates or changes an object. */
export interface Making {
  readonly id: string;
  /** The values that the program set, including defaults of the provider. */
  readonly inputs: JsonObject;
  readonly cloud: Cloud;
  readonly access: ClusterAccess;
}

/** The service for one kind of resource. All responses depend only on the id and the inputs, so they do not change. */
export interface Server {
  newId(inputs: JsonObject, cloud: Cloud): string;
  /**
   * The values that the service chooses if the program sets none. If the real choice is not known, it is a value that
   * is likely to cause a diff.
   */
  choices?(making: Making): JsonObject;
  /** The values that the service returns independent of the program. */
  facts?(making: Making): JsonObject;
  /** The changed properties that the service applies. Default: all. */
  accept?(old: JsonObject, next: JsonObject): JsonObject;
}

/** The region of everything in the stand-in cloud. */
export const region = "cn-hangzhou";

/** Creation time of all objects. */
export const createTime = "2026-01-01T00:00:00Z";

/** The id of a part of an object. */
export function part(prefix: string, id: string): string {
  return prefix + createHash("sha256").update(`${prefix}${id}`).digest("hex").slice(0, 17);
}

/** `given`, with missing values taken from `chosen`, at any depth of objects. */
export function completed(given: JsonObject, chosen: JsonObject): JsonObject {
  const result: JsonObject = { ...given };
  for (const [key, value] of Object.entries(chosen)) {
    const own = given[key];
    if (own === undefined) result[key] = value;
    else if (isObject(own) && isObject(value)) result[key] = completed(own, value);
  }
  return result;
}
