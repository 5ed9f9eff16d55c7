import { errorText } from "../providerProtocol/errorText.ts";
import type { JsonObject } from "../providerProtocol/json.ts";
import { ApiError, type Cluster } from "./cluster.ts";
import { annotation, type ObjectRef } from "./kubeObject.ts";

export interface ApplyArgs {
  cluster: Cluster;
  ref: ObjectRef;
  /** The object, with only the fields that the manager wants to own. */
  fields: JsonObject;
  /** The field manager that owns the fields. */
  manager: string;
  /** True takes ownership of fields from other owners. */
  force: boolean;
  /** True sends a dry run, which changes nothing. */
  preview: boolean;
  signal: AbortSignal;
}

/**
 * Server-side apply: sets fields of an object for one field manager. It removes fields that only this manager set
 * before. An object that does not exist is created, unless the fields include a `metadata.uid`, which then causes a
 * conflict.
 * @returns the complete object after the call.
 * @throws ApiError if the server rejects it. The status is 409 if another manager owns one of the fields.
 */
export async function applyFields(args: ApplyArgs): Promise<JsonObject> {
  const { cluster, ref, fields, manager, force, preview, signal } = args;
  return cluster.call("PATCH", await cluster.path(ref), {
    query: {
      fieldManager: manager,
      fieldValidation: "Strict",
      force: String(force),
      ...(preview && { dryRun: "All" }),
    },
    contentType: "application/apply-patch+yaml", // JSON is YAML
    body: fields,
    signal,
  });
}

/**
 * True if the program takes ownership of fields from other owners: with the annotation `pulumi.com/patchForce: "true"`,
 * or for all objects with the environment variable PULUMI_K8S_ENABLE_PATCH_FORCE.
 */
export function isForced(inputs: JsonObject): boolean {
  return (
    annotation(inputs, "pulumi.com/patchForce") === "true" || process.env["PULUMI_K8S_ENABLE_PATCH_FORCE"] === "true"
  );
}

/** The error message for a failed {@link applyFields}. For a conflict, it includes the solution. */
export function applyFailure(error: unknown, manager: string): string {
  if (!(error instanceof ApiError) || error.status !== 409) return errorText(error);
  return (
    `server-side apply as "${manager}" is in conflict: ${error.message}. ` +
    'Leave the field out, ignore its changes, or take it over with the annotation pulumi.com/patchForce: "true".'
  );
}
