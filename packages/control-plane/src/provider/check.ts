import { createHash, randomBytes } from "node:crypto";
import { isObject, type JsonObject, textAt, withValue } from "../providerProtocol/json.ts";
import { isUnknown } from "../providerProtocol/wire.ts";
import type { Cluster } from "./cluster.ts";
import { annotation, type ObjectType, withoutServerMetadata } from "./kubeObject.ts";

/** Set by the provider on what it named, so that a replacement may get a new name first. */
export const autonamed = "pulumi.com/autonamed";

/** What a check asks of the cluster. */
type Scopes = Pick<Cluster, "isNamespaced" | "defaultNamespace">;

export interface CheckArgs {
  cluster: Scopes;
  type: ObjectType;
  /** True for a Patch resource, which gets no name of its own. */
  patch: boolean;
  /** The resource's name in the program. */
  name: string;
  /** In clear. Empty for a new resource. */
  oldInputs: JsonObject;
  /** In clear; may hold unknown values. */
  newInputs: JsonObject;
  /** Of the engine: the same seed gives the same name, at preview and at update. */
  seed: Uint8Array;
}

/**
 * The inputs as they will be used: with apiVersion and kind, a name when the program gave none (`<name>-<8 hex>`, kept
 * from the old inputs) and the default namespace. Unknown values stay unknown.
 * @throws Error for a patch that does not name its object.
 */
export async function checkInputs(args: CheckArgs): Promise<JsonObject> {
  const { apiVersion, kind } = args.type;
  const named = nameInputs({ apiVersion, kind, ...args.newInputs }, args);
  return placeInputs(args.cluster, withoutServerMetadata(named), args.type);
}

function nameInputs(inputs: JsonObject, { name, patch, type, oldInputs, seed }: CheckArgs): JsonObject {
  const metadata = inputs["metadata"];
  // Metadata that is not known yet as a whole cannot be added to.
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
  // A kind that does not exist yet is a custom resource whose definition comes in the same update: assume a namespace.
  const namespaced = await cluster.isNamespaced(type).catch(() => true);
  return namespaced ? withValue(inputs, ["metadata", "namespace"], cluster.defaultNamespace) : inputs;
}
