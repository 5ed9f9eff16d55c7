import { type JsonObject, textAt } from "../providerProtocol/json.ts";
import { contains, type PropertyPath, parsePropertyPath } from "../providerProtocol/propertyPath.ts";
import { autonamed } from "./check.ts";
import { annotation } from "./kubeObject.ts";

/** Fields that cannot change in place, of every kind. */
export const identity: readonly string[] = ["kind", "metadata.name", "metadata.namespace"];

/**
 * Fields that cannot change in place, by kind: those of pulumi-kubernetes (provider/pkg/provider/diff.go). ConfigMaps and
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
  // Its size is not among them: a disk grows in place.
  PersistentVolumeClaim: ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  Pod: ["spec"],
  RoleBinding: ["roleRef"],
  ClusterRoleBinding: ["roleRef"],
  StorageClass: ["parameters", "provisioner"],
  ResourceQuota: ["spec.scopes"],
};

/** The fields that cannot change in place of objects of a kind, its identity among them. */
export function fixedFields(kind: string): readonly string[] {
  return [...identity, ...(fixedByKind[kind] ?? [])];
}

/** True when a change at this path needs a new object: it lies in one of the fixed fields. */
export function needsReplacement(fixed: readonly string[], path: PropertyPath): boolean {
  return fixed.some((field) => contains(parsePropertyPath(field), path));
}

/**
 * True when the old object has to go before the new one can come: a name that the program chose, and that stays in its
 * namespace, cannot be there twice.
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
