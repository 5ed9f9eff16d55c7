import { isObject, type JsonObject, objectsAt, textAt } from "../../providerProtocol/json.ts";
import type { Cluster } from "../cluster.ts";
import { getObject } from "../cluster.ts";
import { annotation, type ObjectRef, objectRef, refName } from "../kubeObject.ts";
import { Unready } from "../unready.ts";
import { readiness } from "./readiness.ts";
import { conditionLines, podLines } from "./rollout.ts";
import { watchUntil } from "./watchUntil.ts";

export interface Patience {
  /** `customTimeouts`, in seconds. 0 if the program sets none. */
  timeoutSeconds: number;
  signal: AbortSignal;
}

/** Timeout of an operation in seconds: customTimeouts, or else `pulumi.com/timeoutSeconds`, or else two minutes. */
export function waitSeconds(object: JsonObject, { timeoutSeconds }: Patience): number {
  if (timeoutSeconds > 0) return timeoutSeconds;
  const asked = Number(annotation(object, "pulumi.com/timeoutSeconds"));
  return Number.isFinite(asked) && asked > 0 ? asked : 120;
}

/**
 * Waits until a created or changed object is ready.
 * @returns the object at that time.
 * @throws Unready after the timeout, with the object's conditions, its pods' problems and its recent events.
 */
export async function awaitReady(cluster: Cluster, object: JsonObject, patience: Patience): Promise<JsonObject> {
  const ref = objectRef(object, { apiVersion: "", kind: "" });
  const ready = await readiness(cluster, object);
  if (ready === undefined) return object;

  const seconds = waitSeconds(object, patience);
  let lack = "it has not been seen";
  const outcome = await watchUntil(cluster, ready.path, seconds, patience.signal, (seen) => {
    if (seen !== undefined) lack = seen.gone ? "it was deleted" : (ready.lacks(seen.object) ?? "");
    return lack === "";
  });
  const live = (await getObject(cluster, ref)) ?? object;
  if (outcome === "held") return live;
  const why = outcome === "aborted" ? "was cancelled while it waited" : `timed out after ${seconds} s`;
  const reasons = [`${refName(ref)} ${why}: ${lack}`, ...conditionLines(live), ...(await troubles(cluster, ref, live))];
  throw new Unready(reasons.join("\n  "), live, reasons);
}

/** Problems from pods and events. Errors are ignored, because this is only an explanation. */
async function troubles(cluster: Cluster, ref: ObjectRef, live: JsonObject): Promise<string[]> {
  const namespace = ref.namespace;
  if (namespace === undefined) return [];
  const list = async (path: string, query?: Record<string, string>): Promise<JsonObject[]> =>
    objectsAt(await cluster.call("GET", path, query ? { query } : {}).catch((): JsonObject => ({})), "items");
  const labels = ref.kind === "Deployment" ? live["spec"] : undefined;
  const selector = isObject(labels) && isObject(labels["selector"]) ? labels["selector"]["matchLabels"] : undefined;
  const pods = isObject(selector)
    ? await list(`/api/v1/namespaces/${namespace}/pods`, {
        labelSelector: Object.entries(selector)
          .map(([key, value]) => `${key}=${value}`)
          .join(","),
      })
    : [];
  const events = await list(`/api/v1/namespaces/${namespace}/events`);
  const about = events.filter((event) => {
    const subject = textAt(event, "involvedObject", "name") ?? "";
    return subject === ref.name || subject.startsWith(`${ref.name}-`); // its ReplicaSets and pods carry its name
  });
  const lines = about.map(
    (event) =>
      `event ${textAt(event, "type")} ${textAt(event, "reason")} on ${textAt(event, "involvedObject", "name")}: ${textAt(event, "message")}`,
  );
  return [...pods.flatMap(podLines), ...lines.slice(-8)];
}
