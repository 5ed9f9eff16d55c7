import { createHash, randomBytes } from "node:crypto";
import { isObject, type JsonObject, textAt, withValue } from "../providerProtocol/json.ts";
import { isUnknown } from "../providerProtocol/wire.ts";
import type { Cluster } from "./cluster.ts";
import { annotation, type ObjectType, withoutServerMetadata } from "./kubeObject.ts";

/** Set by the provider on objects that it named, so that a replacement can get a new name first. */
export const autonamed = "pulumi.com/autonamed";

/** The cluster functions that a check needs. */
type Scopes = Pick<Cluster, "isNamespaced" | "defaultNamespace">;

export interface CheckArgs {
  cluster: Scopes;
  type: ObjectType;
  /** True for a Patch resource, which never gets a generated name. */
  patch: boolean;
  /** The resource's name in the program. */
  name: string;
  /** In plaintext. Empty for a new resource. */
  oldInputs: JsonObject;
  /** In plaintext. May contain unknown values. */
  newInputs: JsonObject;
  /** Seed from the engine. The same seed gives the same name at preview and at update. */
  seed: Uint8Array;
}

/**
 * Completes the inputs: apiVersion and kind, a name if the program sets none (`<name>-<8 hex>`, kept from the old
 * inputs), and the default namespace. Unknown values stay unknown.
 * @throws Error for a patch that does not name its object.
 */
export async function checkInputs(args: CheckArgs): Promise<JsonObject> {
  const { apiVersion, kind } = args.type;
  const named = nameInputs({ apiVersion, kind, ...args.newInputs }, args);
  return placeInputs(args.cluster, withoutServerMetadata(named), args.type);
}

function nameInputs(inputs: JsonObject, { name, patch, type, oldInputs, seed }: CheckArgs): JsonObject {
  const metadata = inputs["metadata"];
  // If the whole metadata is unknown, nothing can be added to it.
  if (metadata !== undefined && !isObject(metadata)) return inputs;
  if (metadata?.["name"] !== undefined) return inputs;
  if (patch) throw new Error(`the patch "${name}" does not name its ${type.kind}. Give it metadata.name.`);
  const kept = annotation(oldInputs, autonamed) === "true" ? textAt(oldInputs, "metadata", "name") : undefined;
  const unique = kept ?? `${name}-${suffix(seed)}`;
  return withValue(withValue(inputs, ["metadata", "name"], unique), ["metadata", "annotations", autonamed], "true");
}

function suffix(seed: Uint8Array): string {
  const source = seed.length > 0 ? createHash("sha256").update(seed).digest() : randomBytes(4);
  return source.subarray(0, 4).toString("hex");
}

async function placeInputs(cluster: Scopes, inputs: JsonObject, type: ObjectType): Promise<JsonObject> {
  const metadata = inputs["metadata"];
  if (!isObject(metadata) || metadata["namespace"] !== undefined || isUnknown(metadata["annotations"])) return inputs;
  // A kind that does not exist yet is a custom resource whose definition is created in the same update. Assume that it
  // is namespaced.
  const namespaced = await cluster.isNamespaced(type).catch(() => true);
  return namespaced ? withValue(inputs, ["metadata", "namespace"], cluster.defaultNamespace) : inputs;
}
