import { at, type JsonObject, textAt } from "../providerProtocol/json.ts";
import { type Patience, waitSeconds } from "./await/awaitReady.ts";
import { conditionLines } from "./await/rollout.ts";
import { watchUntil } from "./await/watchUntil.ts";
import { ApiError, type Cluster, getObject, NoSuchKind } from "./cluster.ts";
import { annotation, type ObjectRef, refName } from "./kubeObject.ts";
import { Unready } from "./unready.ts";

export interface RemoveArgs extends Patience {
  cluster: Cluster;
  ref: ObjectRef;
  /** The object in the state. Its annotations can set another propagation policy. */
  state: JsonObject;
}

/**
 * Deletes an object and waits until it no longer exists. It is not an error if it does not exist. Objects that it owns
 * are deleted first (Foreground), as in the real provider. The annotation `pulumi.com/deletionPropagationPolicy`
 * overrides this.
 * @throws Error if the server rejects it; Unready, with finalizers and conditions, if it still exists after the
 * timeout.
 */
export async function removeObject(args: RemoveArgs): Promise<void> {
  const { cluster, ref, state, signal } = args;
  const seconds = waitSeconds(state, args);
  try {
    const path = await cluster.path(ref);
    await cluster.call("DELETE", path, { query: { propagationPolicy: propagation(state) }, signal });
  } catch (error) {
    if (error instanceof NoSuchKind || (error instanceof ApiError && error.status === 404)) return;
    throw error;
  }
  if (annotation(state, "pulumi.com/skipAwait") === "true" || (await isGone(args, seconds))) return;
  const live = await getObject(cluster, ref);
  if (live === undefined) return;
  const finalizers = JSON.stringify(at(live, "metadata", "finalizers") ?? at(live, "spec", "finalizers") ?? []);
  const reasons = [
    `${refName(ref)} is still there ${seconds} s after its deletion; its finalizers: ${finalizers}`,
    ...conditionLines(live),
  ];
  throw new Unready(reasons.join("\n  "), live, reasons);
}

function propagation(state: JsonObject): string {
  const asked = annotation(state, "pulumi.com/deletionPropagationPolicy") ?? "";
  return { background: "Background", orphan: "Orphan" }[asked.toLowerCase()] ?? "Foreground";
}

/** Waits until the object with this uid no longer exists. @returns false after the timeout or a cancellation. */
async function isGone({ cluster, ref, state, signal }: RemoveArgs, seconds: number): Promise<boolean> {
  const uid = textAt(state, "metadata", "uid");
  const path = `${await cluster.collection(ref, ref.namespace)}?fieldSelector=${encodeURIComponent(`metadata.name=${ref.name}`)}`;
  let there = false;
  const outcome = await watchUntil(cluster, path, seconds, signal, (seen) => {
    if (seen === undefined) return !there; // the first list did not contain it
    there = !seen.gone && (uid === undefined || textAt(seen.object, "metadata", "uid") === uid);
    return seen.gone;
  });
  return outcome === "held";
}
