import { at, type JsonObject, numberAt, objectsAt, textAt } from "../../providerProtocol/json.ts";

/**
 * The missing condition of a Deployment's rollout. Undefined if it is complete. The rules are those of
 * `kubectl rollout status`. The first generation is treated like any other.
 */
export function rolloutLacks(deployment: JsonObject): string | undefined {
  const generation = numberAt(deployment, "metadata", "generation") ?? 0;
  if ((numberAt(deployment, "status", "observedGeneration") ?? -1) < generation) {
    return "the deployment controller has not seen it yet";
  }
  const wanted = numberAt(deployment, "spec", "replicas") ?? 1;
  const count = (key: string): number => numberAt(deployment, "status", key) ?? 0;
  const updated = count("updatedReplicas");
  const available = count("availableReplicas");
  if (updated < wanted) return `${updated} of ${wanted} replicas are of the new template`;
  if (count("replicas") > updated) return `${count("replicas") - updated} old replicas are still there`;
  if (available < updated) return `${available} of ${updated} replicas are available`;
  return undefined;
}

/** The object's conditions, one line each: `Available=False MinimumReplicasUnavailable: …`. */
export function conditionLines(object: JsonObject): string[] {
  return objectsAt(object, "status", "conditions").map((condition) => {
    const reason = textAt(condition, "reason") ?? "";
    const message = textAt(condition, "message") ?? "";
    return `${textAt(condition, "type")}=${textAt(condition, "status")} ${reason}: ${message}`.trim();
  });
}

/** Why containers of a pod do not run, one line each. */
export function podLines(pod: JsonObject): string[] {
  const name = textAt(pod, "metadata", "name") ?? "";
  const containers = objectsAt(pod, "status", "containerStatuses").flatMap((container) => {
    const state = at(container, "state", "waiting") ?? at(container, "state", "terminated");
    if (state === undefined) return [];
    return [
      `pod ${name}, container ${textAt(container, "name")}: ${textAt(state, "reason")} ${textAt(state, "message") ?? ""}`.trim(),
    ];
  });
  const unscheduled = objectsAt(pod, "status", "conditions").filter(
    (condition) => condition["type"] === "PodScheduled" && condition["status"] === "False",
  );
  return [
    ...containers,
    ...unscheduled.map((condition) => `pod ${name}: ${textAt(condition, "message") ?? "not scheduled"}`),
  ];
}
