import { type JsonObject, textAt } from "../providerProtocol/json.ts";
import { contains, type PropertyPath, parsePropertyPath } from "../providerProtocol/propertyPath.ts";
import { autonamed } from "./check.ts";
import { annotation } from "./kubeObject.ts";

/** Fields that cannot change in place, for every kind. */
export const identity: readonly string[] = ["kind", "metadata.name", "metadata.namespace"];

/**
 * Fields that cannot change in place, by kind, as in pulumi-kubernetes (provider/pkg/provider/diff.go). ConfigMaps and
 * Secrets are replaced so that the pods that use them roll over.
 */
const fixedByKind: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: ["binaryData", "data"],
  Secret: ["type", "stringData", "data"],
  Service: ["spec.clusterIP"],
  Deployment: ["spec.selector"],
  DaemonSet: ["spec.selector"],
  StatefulSet: [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  Job: ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  // The size is not in the list: a disk can grow in place.
  PersistentVolumeClaim: ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  Pod: ["spec"],
  RoleBinding: ["roleRef"],
  ClusterRoleBinding: ["roleRef"],
  StorageClass: ["parameters", "provisioner"],
  ResourceQuota: ["spec.scopes"],
};

/** All fields of a kind that cannot change in place, including its identity. */
export function fixedFields(kind: string): readonly string[] {
  return [...identity, ...(fixedByKind[kind] ?? [])];
}

/** True if a change at this path needs a new object: the path is one of the fixed fields or is inside one. */
export function needsReplacement(fixed: readonly string[], path: PropertyPath): boolean {
  return fixed.some((field) => contains(parsePropertyPath(field), path));
}

/**
 * True if the old object must be deleted before the new one is created. This is the case if the program set the name
 * and neither name nor namespace changes, because the same name cannot exist twice.
 */
export function mustDeleteFirst(live: JsonObject, newInputs: JsonObject): boolean {
  const name = textAt(newInputs, "metadata", "name");
  const namespace = textAt(newInputs, "metadata", "namespace") ?? "default";
  return (
    name !== undefined &&
    annotation(newInputs, autonamed) !== "true" &&
    name === textAt(live, "metadata", "name") &&
    namespace === (textAt(live, "metadata", "namespace") ?? namespace)
  );
}
