import { createHash } from "node:crypto";
import { isObject, type JsonObject } from "../../providerProtocol/json.ts";
import type { Cloud } from "../cloud.ts";
import type { ClusterAccess } from "../clusterAccess.ts";

/** What a service of the cloud works with when it makes or changes an object. */
export interface Making {
  readonly id: string;
  /** What the program gave, defaults of the provider included. */
  readonly inputs: JsonObject;
  readonly cloud: Cloud;
  readonly access: ClusterAccess;
}

/** The service behind one kind of resource. All answers depend on the id and the inputs only, so that they last. */
export interface Server {
  newId(inputs: JsonObject, cloud: Cloud): string;
  /** What it chooses where the program says nothing. Where the real choice is not known, one that would hurt. */
  choices?(making: Making): JsonObject;
  /** What it says whatever the program gave. */
  facts?(making: Making): JsonObject;
  /** What it takes over of changed properties; without it, all. */
  accept?(old: JsonObject, next: JsonObject): JsonObject;
}

/** The region of everything in the stand-in cloud. */
export const region = "cn-hangzhou";

/** Time at which everything was made. */
export const createTime = "2026-01-01T00:00:00Z";

/** Something that belongs to an object and has an id of its own. */
export function part(prefix: string, id: string): string {
  return prefix + createHash("sha256").update(`${prefix}${id}`).digest("hex").slice(0, 17);
}

/** `given` with what is missing in it, at any depth of objects, from `chosen`. */
export function completed(given: JsonObject, chosen: JsonObject): JsonObject {
  const result: JsonObject = { ...given };
  for (const [key, value] of Object.entries(chosen)) {
    const own = given[key];
    if (own === undefined) result[key] = value;
    else if (isObject(own) && isObject(value)) result[key] = completed(own, value);
  }
  return result;
}
