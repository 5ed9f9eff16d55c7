import structProto, { type Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { isObject, type Json, type JsonObject } from "./json.ts";

// Pulumi marks secrets and unknown values inside ordinary protobuf structs; these constants are part of its protocol
// (sdk/go/common/resource/plugin/rpc.go and runtime/rpc.ts).
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
/** Marks an unknown string, as at preview. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknowns: ReadonlySet<Json> = new Set([
  unknown,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // bool
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

/** The properties of a request. An absent struct is an empty object. Secrets and unknown values stay marked. */
export function fromStruct(struct: Struct | undefined): JsonObject {
  // The library's types are too general: a protobuf Struct contains only JSON.
  return (struct?.toJavaScript() ?? {}) as JsonObject;
}

/** The properties of a response. */
export function toStruct(properties: JsonObject): Struct {
  return structProto.Struct.fromJavaScript(properties);
}

export function isUnknown(value: Json | undefined): boolean {
  return value !== undefined && unknowns.has(value);
}

/** True if a value, or any value inside it, is unknown. */
export function hasUnknown(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.some(hasUnknown);
  if (isObject(value)) return Object.values(value).some(hasUnknown);
  return isUnknown(value);
}

/** Marks a value as secret. A marked value does not change. */
export function secret(value: Json): Json {
  return isSecret(value) ? value : { [signatureKey]: secretSignature, value };
}

function isSecret(value: Json | undefined): value is JsonObject {
  return isObject(value) && value[signatureKey] === secretSignature;
}

function hasSecret(value: Json | undefined): boolean {
  if (isSecret(value)) return true;
  if (Array.isArray(value)) return value.some(hasSecret);
  return isObject(value) && Object.values(value).some(hasSecret);
}

/**
 * The properties in plaintext, for requests to Kubernetes and for comparisons. Null values are omitted, as in Pulumi.
 */
export function inClear(properties: JsonObject): JsonObject {
  const kept = Object.entries(properties).filter(([, value]) => value !== null);
  return Object.fromEntries(kept.map(([key, value]) => [key, clearValue(value)]));
}

function clearValue(value: Json): Json {
  if (isSecret(value)) return clearValue(value["value"] ?? null);
  if (Array.isArray(value)) return value.map(clearValue);
  return isObject(value) ? inClear(value) : value;
}

/**
 * Marks the properties that are secret in `marked`, and always the data of a Secret. If one element of an array is
 * secret, the whole array becomes secret, because its order may change (as in pulumi-kubernetes).
 */
export function markSecrets(properties: JsonObject, marked: JsonObject): JsonObject {
  if (properties["kind"] === "Secret") {
    const data = ["data", "stringData"].filter((key) => properties[key] !== undefined);
    const marks = data.map((key) => [key, secret(properties[key] ?? null)] as const);
    return { ...markInside(properties, marked), ...Object.fromEntries(marks) };
  }
  return markInside(properties, marked);
}

function markInside(properties: JsonObject, marked: JsonObject): JsonObject {
  const entries = Object.entries(properties).map(([key, value]): [string, Json] => {
    const mark = Object.hasOwn(marked, key) ? marked[key] : undefined;
    if (isObject(value) && isObject(mark) && !isSecret(mark)) return [key, markSecrets(value, mark)];
    return [key, hasSecret(mark) ? secret(value) : value];
  });
  return Object.fromEntries(entries);
}
