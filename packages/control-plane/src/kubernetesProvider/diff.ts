import { type JsonObject, textAt, withValue } from "../providerProtocol/json.ts";
import { contains, parsePropertyPath } from "../providerProtocol/propertyPath.ts";
import { canonical } from "./canonical.ts";
import { type Change, changes } from "./changes.ts";
import { inInputShape } from "./inputShape.ts";
import { withoutServerMetadata } from "./kubeObject.ts";
import { fixedFields, identity, mustDeleteFirst, needsReplacement } from "./replacement.ts";

export interface Difference {
  changes: (Change & { replaces: boolean })[];
  deleteBeforeReplace: boolean;
}

export interface DiffArgs {
  /** True for a Patch resource. It can change everything in place except the identity of its object. */
  patch: boolean;
  /** The object in the state, in plaintext. */
  live: JsonObject;
  /** In plaintext. */
  oldInputs: JsonObject;
  /** In plaintext. May contain unknown values. */
  newInputs: JsonObject;
  /** Paths of the resource's `ignoreChanges`. */
  ignored: readonly string[];
}

/**
 * The changes of an update. Like the real provider, it compares the new inputs with the live object, at the paths that
 * the old inputs set. So drift found by `refresh` is a change, but fields that the cluster added are not.
 */
export function difference({ patch, live, oldInputs, newInputs, ignored }: DiffArgs): Difference {
  const before = identified(inInputShape(live, canonical(withoutServerMetadata(oldInputs))), live, newInputs);
  const after = canonical(withoutServerMetadata(newInputs));
  const fixed = patch ? identity : fixedFields(textAt(after, "kind") ?? "");
  const ignoredPaths = ignored.map(parsePropertyPath);
  const found = changes(before, after)
    .filter(({ path }) => !ignoredPaths.some((outer) => contains(outer, path)))
    .map((change) => ({ ...change, replaces: needsReplacement(fixed, change.path) }));
  const replaces = found.some((change) => change.replaces);
  return { changes: found, deleteBeforeReplace: replaces && mustDeleteFirst(live, newInputs) };
}

/** Uses the live object's name and namespace, even if the old inputs did not set them. */
function identified(before: JsonObject, live: JsonObject, newInputs: JsonObject): JsonObject {
  const keys = ["name", "namespace"].filter((key) => textAt(newInputs, "metadata", key) !== undefined);
  return keys.reduce((object, key) => withValue(object, ["metadata", key], textAt(live, "metadata", key)), before);
}
