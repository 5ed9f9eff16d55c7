import { type JsonObject, textAt, withValue } from "../providerProtocol/json.ts";
import { hasUnknown } from "../providerProtocol/wire.ts";
import { applyFailure, applyFields, isForced } from "./apply.ts";
import { awaitReady } from "./await/awaitReady.ts";
import { ApiError, type Cluster, getObject } from "./cluster.ts";
import type { CreateArgs } from "./create.ts";
import { type ObjectRef, objectRef, refName } from "./kubeObject.ts";

/**
 * Sets the fields of a Patch resource in an existing object, with the resource's own field manager. Waits until the
 * object is ready. A field that another manager owns causes a conflict, unless the patch has
 * `pulumi.com/patchForce: "true"`.
 * @returns the live object.
 * @throws Error if the object does not exist or the server rejects the patch; Unready if the object was changed but did
 * not become ready.
 */
export async function createPatch(args: CreateArgs): Promise<JsonObject> {
  const { cluster, inputs, manager, signal } = args;
  const ref = objectRef(inputs, args.type);
  const live = await getObject(cluster, ref);
  if (live === undefined) {
    throw new Error(
      `resource "${args.urn}" patches ${refName(ref)}, which is not there. Make it first, or declare it as a ${ref.kind}.`,
    );
  }
  const force = isForced(inputs);
  const fields = ofThisObject(inputs, live);
  const applied = await applyFields({ cluster, ref, fields, manager, force, preview: false, signal }).catch(
    (error: unknown) => {
      throw new Error(`patch of ${refName(ref)} failed: ${applyFailure(error, manager)}`, { cause: error });
    },
  );
  return awaitReady(cluster, applied, args);
}

/**
 * Previews a new patch. The result is its inputs, as in the real provider, after a dry run on the server succeeded. An
 * object that does not exist yet may be created in the same update. Conflicts appear only at the update, because the
 * patch that this one replaces may still own the fields.
 * @throws Error if the server would reject it.
 */
export async function previewPatch(args: CreateArgs): Promise<JsonObject> {
  const { cluster, inputs, manager, signal } = args;
  if (hasUnknown(inputs)) return inputs;
  const ref = objectRef(inputs, args.type);
  const live = await getObject(cluster, ref);
  if (live === undefined) return inputs;
  const fields = ofThisObject(inputs, live);
  await applyFields({ cluster, ref, fields, manager, force: true, preview: true, signal }).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 403) return;
    throw new Error(`patch of ${refName(ref)} would fail: ${applyFailure(error, manager)}`, { cause: error });
  });
  return inputs;
}

export interface ReleaseArgs {
  cluster: Cluster;
  ref: ObjectRef;
  /** The field manager of the patch. */
  manager: string;
  signal: AbortSignal;
}

/**
 * Releases the fields of a patch. Fields that no other manager owns are removed, and the object stays. It is not an
 * error if the object no longer exists.
 * @throws Error if the server rejects it, for example because the object is not valid without the fields.
 */
export async function releasePatch({ cluster, ref, manager, signal }: ReleaseArgs): Promise<void> {
  const live = await getObject(cluster, ref);
  if (live === undefined) return;
  const { apiVersion, kind, name, namespace } = ref;
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  const fields = ofThisObject({ apiVersion, kind, metadata }, live);
  await applyFields({ cluster, ref, fields, manager, force: false, preview: false, signal }).catch((error: unknown) => {
    throw new Error(`release of ${refName(ref)} failed: ${applyFailure(error, manager)}`, { cause: error });
  });
}

/** Adds the uid. It prevents server-side apply from creating an object that was deleted in the meantime. */
function ofThisObject(fields: JsonObject, live: JsonObject): JsonObject {
  return withValue(fields, ["metadata", "uid"], textAt(live, "metadata", "uid"));
}
