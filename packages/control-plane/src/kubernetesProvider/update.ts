import { type JsonObject, textAt, withValue } from "../providerProtocol/json.ts";
import { hasUnknown } from "../providerProtocol/wire.ts";
import { applyFailure, applyFields, isForced } from "./apply.ts";
import { awaitReady, type Patience } from "./await/awaitReady.ts";
import { ApiError, type Cluster, getObject } from "./cluster.ts";
import { handOver, hasPosted, keepIgnored } from "./fieldOwners.ts";
import { type ObjectRef, refName, withoutServerMetadata } from "./kubeObject.ts";

export interface UpdateArgs extends Patience {
  cluster: Cluster;
  ref: ObjectRef;
  /** True for a Patch resource, which leaves the fields of others to their owners. */
  patch: boolean;
  /** In plaintext. */
  inputs: JsonObject;
  /** The field manager that owns the fields. */
  manager: string;
  /** Paths of the resource's `ignoreChanges`. */
  ignored: readonly string[];
  preview: boolean;
}

/**
 * Changes an object by server-side apply and waits until it is ready. Before that, it takes over the fields that kubectl
 * wrote. A field that another manager owns causes a conflict and is not overwritten, unless it is forced. A preview sends
 * a dry run and takes nothing over, so it also reports a conflict with kubectl.
 * @returns the live object, or at preview the expected object.
 * @throws Error if the server rejects it or it no longer exists; Unready if it was changed but did not become ready.
 */
export async function updateObject(args: UpdateArgs): Promise<JsonObject> {
  const { cluster, ref, preview } = args;
  if (preview && hasUnknown(args.inputs)) return args.inputs;
  const live = await getObject(cluster, ref);
  if (live === undefined) {
    throw new Error(`update of ${refName(ref)} failed: it is not there any more. Run pulumi refresh.`);
  }
  const applied = await apply(args, live).catch((error: unknown) => {
    if (preview && error instanceof ApiError && error.status === 403) return args.inputs;
    throw new Error(`update of ${refName(ref)} failed: ${applyFailure(error, args.manager)}`, { cause: error });
  });
  if (preview) return withValue(applied, ["metadata", "managedFields"], undefined);
  return awaitReady(cluster, applied, args);
}

async function apply(args: UpdateArgs, live: JsonObject): Promise<JsonObject> {
  const { cluster, ref, inputs, manager, preview, signal } = args;
  const owned = preview || args.patch ? live : await takeOver(args, live);
  // A preview does not convert the owner list, so the fields of the provider's own POST would be in conflict.
  const force = isForced(inputs) || (preview && hasPosted(live, manager));
  const fields = keepIgnored(withoutServerMetadata(inputs), owned, manager, args.ignored);
  return applyFields({ cluster, ref, fields, manager, force, preview, signal });
}

/** Writes the converted owner list of {@link handOver}. @returns the object after that. */
async function takeOver({ cluster, ref, manager, signal }: UpdateArgs, live: JsonObject): Promise<JsonObject> {
  const managedFields = handOver(live, manager);
  if (managedFields === undefined) return live;
  const resourceVersion = textAt(live, "metadata", "resourceVersion") ?? "";
  return cluster.call("PATCH", await cluster.path(ref), {
    contentType: "application/json-patch+json",
    body: [
      { op: "replace", path: "/metadata/managedFields", value: managedFields },
      { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
    ],
    signal,
  });
}
