import { type JsonObject, textAt, withValue } from "../providerProtocol/json.ts";
import { hasUnknown } from "../providerProtocol/wire.ts";
import { applyFailure, applyFields } from "./apply.ts";
import { awaitReady } from "./await/awaitReady.ts";
import { ApiError, type Cluster, getObject } from "./cluster.ts";
import type { CreateArgs } from "./create.ts";
import { annotation, type ObjectRef, objectRef, refName } from "./kubeObject.ts";

/**
 * Sets the fields of a Patch resource in an object that is there, under the resource's own manager, and waits until the
 * object is ready. Fields that somebody else owns are a conflict, unless the patch carries `pulumi.com/patchForce: "true"`.
 * @returns the live object.
 * @throws Error when the object is not there or the server refuses; Unready when it was changed and did not become ready.
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
  const force = annotation(inputs, "pulumi.com/patchForce") === "true";
  const fields = ofThisObject(inputs, live);
  const applied = await applyFields({ cluster, ref, fields, manager, force, preview: false, signal }).catch(
    (error: unknown) => {
      throw new Error(`patch of ${refName(ref)} failed: ${applyFailure(error, manager)}`, { cause: error });
    },
  );
  return awaitReady(cluster, applied, args);
}

/**
 * What a new patch will be: its inputs, as the real provider says it, after the server was asked by a dry run whether it
 * would take them. An object that is not there yet may come in the same update, and conflicts show only then, since the
 * patch that this one replaces may still hold the fields.
 * @throws Error when the server would refuse it.
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
  /** The patch's manager. */
  manager: string;
  signal: AbortSignal;
}

/**
 * Gives up the fields of a patch: those that nobody else owns go, and the object stays. An object that is gone already is
 * fine.
 * @throws Error when the server refuses, as it does when the object is not valid without the fields.
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

/** The uid keeps server-side apply from making an object that has gone meanwhile. */
function ofThisObject(fields: JsonObject, live: JsonObject): JsonObject {
  return withValue(fields, ["metadata", "uid"], textAt(live, "metadata", "uid"));
}
