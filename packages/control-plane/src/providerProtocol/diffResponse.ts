import providerProto, { type DiffResponse } from "@pulumi/pulumi/proto/provider_pb.js";
import { formatPropertyPath, type PropertyPath } from "./propertyPath.ts";

/** One place at which a resource has to change. */
export interface PropertyChange {
  path: PropertyPath;
  kind: "add" | "delete" | "update";
  /** True when the change needs a new resource. */
  replaces: boolean;
}

/**
 * The answer to Diff, with details.
 * @param deleteBeforeReplace True when the old resource has to go before the new one can come.
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
