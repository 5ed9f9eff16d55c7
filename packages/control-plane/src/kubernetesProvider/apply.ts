import { errorText } from "../providerProtocol/errorText.ts";
import type { JsonObject } from "../providerProtocol/json.ts";
import { ApiError, type Cluster } from "./cluster.ts";
import type { ObjectRef } from "./kubeObject.ts";

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

/** The error message for a failed {@link applyFields}. For a conflict, it includes the solution. */
export function applyFailure(error: unknown, manager: string): string {
  if (!(error instanceof ApiError) || error.status !== 409) return errorText(error);
  return (
    `server-side apply as "${manager}" is in conflict: ${error.message}. ` +
    'Leave the field out, ignore its changes, or take it over with the annotation pulumi.com/patchForce: "true".'
  );
}
