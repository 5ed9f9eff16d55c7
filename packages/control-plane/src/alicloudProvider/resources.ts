import { isObject, type Json, type JsonObject } from "../providerProtocol/json.ts";
import { unknown } from "../providerProtocol/wire.ts";
import { withoutDefaults } from "./check.ts";
import { type Cloud, type CloudObject, mentions } from "./cloud.ts";
import type { ClusterAccess } from "./clusterAccess.ts";
import { type Fields, resourceFields } from "./schema.ts";
import { serverOf } from "./servers/index.ts";
import { completed } from "./servers/server.ts";

/** The environment of the resources. */
export interface World {
  readonly cloud: Cloud;
  readonly access: ClusterAccess;
}

/** A resource in the state. */
export interface Resource {
  readonly id: string;
  readonly state: JsonObject;
}

/**
 * Creates a resource and reads it back.
 * @param inputs Checked, without unknown values.
 */
export function createResource(world: World, type: string, inputs: JsonObject): Resource {
  const given = withoutDefaults(inputs);
  const id = serverOf(type).newId(given, world.cloud);
  world.cloud.call(`create ${type} ${id}`);
  const object = made(world, type, id, given);
  world.cloud.put(object);
  return { id, state: readBack(given, object) };
}

/**
 * Changes a resource in place and reads it back. The cloud chooses the values again that the program no longer sets.
 * @throws Error if the resource no longer exists.
 */
export function updateResource(world: World, type: string, id: string, old: JsonObject, inputs: JsonObject): Resource {
  world.cloud.call(`update ${type} ${id}`);
  if (world.cloud.get(type, id) === undefined)
    throw new Error(`${type} ${id} does not exist any more; refresh the state`);
  const given = withoutDefaults(inputs);
  const accepted = serverOf(type).accept?.(withoutDefaults(old), given) ?? given;
  const object = made(world, type, id, accepted);
  world.cloud.put(object);
  return { id, state: readBack(given, object) };
}

/** Reads a resource and returns its new state. @returns undefined if the resource no longer exists. */
export function readResource(world: World, type: string, id: string, state: JsonObject): JsonObject | undefined {
  world.cloud.call(`read ${type} ${id}`);
  const object = world.cloud.get(type, id);
  if (object === undefined) return undefined;
  return Object.keys(state).length === 0 ? readBack(object.properties, object) : readBack(state, object);
}

/**
 * Deletes a resource. It is not an error if it does not exist.
 * @throws Error if it is protected or in use.
 */
export function deleteResource(world: World, type: string, id: string): void {
  const { cloud } = world;
  cloud.call(`delete ${type} ${id}`);
  const object = cloud.get(type, id);
  if (object === undefined) return;
  if (object.properties["deletionProtection"] === true) {
    throw new Error(
      `[ERROR] Resource ${id} delete failed: ErrorCode: DeletionProtection, Message: deletion protection of ${id} is on; turn it off first`,
    );
  }
  const user = cloud.objects().find((other) => uses(other, object));
  if (user !== undefined) {
    throw new Error(
      `[ERROR] Resource ${id} delete failed: ErrorCode: DependencyViolation, Message: ${id} is in use by ${user.type} ${user.id}`,
    );
  }
  cloud.remove(type, id);
}

/** The preview of a resource: its inputs, and unknown values for properties that the provider will set. */
export function previewed(fields: Fields, inputs: JsonObject): JsonObject {
  const state: JsonObject = { ...inputs };
  for (const [name, field] of Object.entries(fields)) {
    const value = inputs[name];
    if (value === undefined && field.computed) state[name] = unknown;
    if (field.type === "object" && isObject(value)) state[name] = previewed(field.fields ?? {}, value);
  }
  return state;
}

function made({ cloud, access }: World, type: string, id: string, inputs: JsonObject): CloudObject {
  const server = serverOf(type);
  const making = { id, inputs, cloud, access };
  const chosen = completed(inputs, server.choices?.(making) ?? {});
  return { type, id, properties: { ...chosen, ...server.facts?.(making) } };
}

/** `state`, with the properties that the resource's Read sets taken from the cloud. */
function readBack(state: JsonObject, { type, properties }: CloudObject): JsonObject {
  const result: JsonObject = { ...state };
  for (const [name, { readBack }] of Object.entries(resourceFields(type))) {
    const value: Json | undefined = properties[name];
    if (readBack && value !== undefined) result[name] = value;
    else if (readBack) delete result[name];
  }
  return result;
}

/**
 * The ids of these resources are the ids of their clusters, so it cannot be determined whether a value refers to them.
 */
const withoutOwnId = ["alicloud:cs/autoscalingConfig:AutoscalingConfig", "alicloud:arms/prometheus:Prometheus"];

function uses(other: CloudObject, { type, id }: CloudObject): boolean {
  if (withoutOwnId.includes(type) || (other.type === type && other.id === id)) return false;
  return mentions(other.properties, id);
}
