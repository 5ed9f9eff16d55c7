import { isObject, type Json, type JsonObject } from "../providerProtocol/json.ts";
import { unknown } from "../providerProtocol/wire.ts";
import { withoutDefaults } from "./check.ts";
import { type Cloud, type CloudObject, mentions } from "./cloud.ts";
import type { ClusterAccess } from "./clusterAccess.ts";
import { type Fields, resourceFields } from "./schema.ts";
import { serverOf } from "./servers/index.ts";
import { completed } from "./servers/server.ts";

/** The world that resources live in. */
export interface World {
  readonly cloud: Cloud;
  readonly access: ClusterAccess;
}

/** A resource as the state has it. */
export interface Resource {
  readonly id: string;
  readonly state: JsonObject;
}

/**
 * Makes a resource and reads it back.
 * @param inputs Checked and known.
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
 * Changes a resource in place and reads it back. What the program no longer gives is the cloud's choice again.
 * @throws Error when it is gone.
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

/** What the state becomes by a read. @returns undefined when the resource is gone. */
export function readResource(world: World, type: string, id: string, state: JsonObject): JsonObject | undefined {
  world.cloud.call(`read ${type} ${id}`);
  const object = world.cloud.get(type, id);
  if (object === undefined) return undefined;
  return Object.keys(state).length === 0 ? readBack(object.properties, object) : readBack(state, object);
}

/**
 * Removes a resource. One that is gone is removed already.
 * @throws Error while it is protected or others use it.
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

/** What a preview says of a resource: its inputs, and as unknown what the provider will give. */
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

/** `state` with what the resource's Read sets taken from the cloud. */
function readBack(state: JsonObject, { type, properties }: CloudObject): JsonObject {
  const result: JsonObject = { ...state };
  for (const [name, { readBack }] of Object.entries(resourceFields(type))) {
    const value: Json | undefined = properties[name];
    if (readBack && value !== undefined) result[name] = value;
    else if (readBack) delete result[name];
  }
  return result;
}

/** Their ids are those of their clusters, so that nothing can be said to refer to them. */
const withoutOwnId = ["alicloud:cs/autoscalingConfig:AutoscalingConfig", "alicloud:arms/prometheus:Prometheus"];

function uses(other: CloudObject, { type, id }: CloudObject): boolean {
  if (withoutOwnId.includes(type) || (other.type === type && other.id === id)) return false;
  return mentions(other.properties, id);
}
