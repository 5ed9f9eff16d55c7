import { errorText } from "../providerProtocol/errorText.ts";
import type { JsonObject } from "../providerProtocol/json.ts";
import { ApiError, type Cluster } from "./cluster.ts";
import type { ObjectRef } from "./kubeObject.ts";

export interface ApplyArgs {
  cluster: Cluster;
  ref: ObjectRef;
  /** The object with the fields that the manager wants to own, and no others. */
  fields: JsonObject;
  /** The name under which the fields are owned. */
  manager: string;
  /** True takes fields over from other owners. */
  force: boolean;
  /** True asks by a dry run, which changes nothing. */
  preview: boolean;
  signal: AbortSignal;
}

/**
 * Server-side apply: sets fields of an object under one owner's name, and removes those that only this owner set before. An
 * object that is not there is made, unless the fields hold a `metadata.uid`, which is then a conflict.
 * @returns the whole object as it is then.
 * @throws ApiError when the server refuses; its status is 409 when another owner holds one of the fields.
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

/** Why {@link applyFields} failed, with the way out of a conflict. */
export function applyFailure(error: unknown, manager: string): string {
  if (!(error instanceof ApiError) || error.status !== 409) return errorText(error);
  return (
    `server-side apply as "${manager}" is in conflict: ${error.message}. ` +
    'Leave the field out, ignore its changes, or take it over with the annotation pulumi.com/patchForce: "true".'
  );
}
