import providerProto, { type DiffResponse } from "@pulumi/pulumi/proto/provider_pb.js";
import { formatPropertyPath, type PropertyPath } from "./propertyPath.ts";

/** One path at which a resource must change. */
export interface PropertyChange {
  path: PropertyPath;
  kind: "add" | "delete" | "update";
  /** True if the change needs a new resource. */
  replaces: boolean;
}

/**
 * The response to Diff, with details.
 * @param deleteBeforeReplace True if the old resource must be deleted before the new one is created.
 */
export function diffResponse(changes: readonly PropertyChange[], deleteBeforeReplace: boolean): DiffResponse {
  const { DiffResponse, PropertyDiff } = providerProto;
  const { DIFF_NONE, DIFF_SOME } = DiffResponse.DiffChanges;
  const response = new DiffResponse()
    .setChanges(changes.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setDeletebeforereplace(deleteBeforeReplace)
    .setHasdetaileddiff(true);
  for (const change of changes) {
    const path = formatPropertyPath(change.path);
    const kind = { add: "ADD", delete: "DELETE", update: "UPDATE" } as const;
    const name = change.replaces ? (`${kind[change.kind]}_REPLACE` as const) : kind[change.kind];
    response.getDetaileddiffMap().set(path, new PropertyDiff().setKind(PropertyDiff.Kind[name]));
    response.addDiffs(path);
    if (change.replaces) response.addReplaces(path);
  }
  return response;
}
