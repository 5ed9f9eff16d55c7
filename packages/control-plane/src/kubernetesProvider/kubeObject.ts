import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { isObject, type Json, type JsonObject, textAt } from "../providerProtocol/json.ts";

/** The type of an object. */
export interface ObjectType {
  /** "v1", "apps/v1" */
  apiVersion: string;
  kind: string;
}

/** One object of a cluster. */
export interface ObjectRef extends ObjectType {
  name: string;
  /** Absent for an object without a namespace. */
  namespace?: string;
}

/**
 * True for the type token of a Patch resource, such as `kubernetes:core/v1:NamespacePatch`. It sets fields of an object
 * that another owner manages.
 */
export function isPatch(token: string): boolean {
  return token.endsWith("Patch");
}

/**
 * The Kubernetes type of a Pulumi type token: `kubernetes:apps/v1:Deployment`, `kubernetes:core/v1:Namespace`. For a
 * Patch resource, it is the type of the patched object.
 * @throws Error for a type of the real provider that is not a plain Kubernetes object.
 */
export function objectType(token: string): ObjectType {
  const [, module = "", kind = ""] = token.split(":");
  const [group, version] = module.split("/");
  const kubernetes = group !== undefined && version !== undefined && !["helm.sh", "kustomize", "yaml"].includes(group);
  if (!kubernetes || kind.endsWith("List")) {
    throw new ProblemError(
      problem("ASM_STAND_IN_UNSUPPORTED", `The stand-in kubernetes provider does not know the type ${token}`),
    );
  }
  return { apiVersion: group === "core" ? version : `${group}/${version}`, kind: kind.replace(/Patch$/, "") };
}

/** The Pulumi id of an object: `namespace/name`, or only the name. */
export function objectId(object: JsonObject): string {
  const namespace = textAt(object, "metadata", "namespace");
  const name = textAt(object, "metadata", "name") ?? "";
  return namespace ? `${namespace}/${name}` : name;
}

/** The reference to the object with this type and id. */
export function refOfId(type: ObjectType, id: string): ObjectRef {
  const [first = "", second] = id.split("/");
  const { apiVersion, kind } = type;
  return second === undefined
    ? { apiVersion, kind, name: first }
    : { apiVersion, kind, namespace: first, name: second };
}

/** The reference to an object, from its own fields. The default for its type is `type`. */
export function objectRef(object: JsonObject, type: ObjectType): ObjectRef {
  const namespace = textAt(object, "metadata", "namespace");
  const name = textAt(object, "metadata", "name") ?? "";
  return { ...ownType(object, type), name, ...(namespace !== undefined && { namespace }) };
}

/** `apps/v1 Deployment test/podinfo`, for messages. */
export function refName(ref: ObjectRef): string {
  const place = ref.namespace === undefined ? ref.name : `${ref.namespace}/${ref.name}`;
  return `${ref.apiVersion} ${ref.kind} ${place}`;
}

/** The value of an annotation. Undefined if it is not set. */
export function annotation(object: JsonObject, key: string): string | undefined {
  return textAt(object, "metadata", "annotations", key);
}

/** The type from the object's own fields, or else `type`. */
export function ownType(object: JsonObject, type: ObjectType): ObjectType {
  return { apiVersion: textAt(object, "apiVersion") ?? type.apiVersion, kind: textAt(object, "kind") ?? type.kind };
}

/** Metadata fields that only the server writes. They are never inputs. */
const serverMade = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
];

/** The object without the metadata fields that only the server writes. */
export function withoutServerMetadata(object: JsonObject): JsonObject {
  const metadata = object["metadata"];
  if (!isObject(metadata)) return object;
  const kept = Object.entries(metadata).filter(([key]) => !serverMade.includes(key));
  return { ...object, metadata: Object.fromEntries<Json>(kept) };
}
