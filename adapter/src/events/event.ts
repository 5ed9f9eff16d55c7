import { createHash } from "node:crypto";
import { withoutSecrets } from "../kubernetes/secrets.ts";
import { utc } from "../readings/staleness.ts";

/** An event on an HPA, which `kubectl describe hpa` shows. */
export interface HpaEvent {
  /** `namespace/name`. */
  hpa: string;
  uid: string;
  type: "Normal" | "Warning";
  /** A machine-readable reason, such as `QueryInvalid`. */
  reason: string;
  message: string;
  /**
   * The part of the HPA that the event is about: an annotation key or another identifier. Each subject has its own
   * event.
   */
  subject: string;
  /** First and last occurrence in Unix milliseconds. */
  first: number;
  last: number;
  count: number;
}

/** Maximum message length that Kubernetes accepts. */
const LONGEST_MESSAGE = 1024;
const COMPONENT = "asm-metrics-adapter";

/**
 * Returns the path and body of a core/v1 Event for a server-side apply. The name is derived from the HPA, the subject
 * and the reason. Therefore both replicas, and a restarted replica, write the same event instead of several.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
export function eventObject(event: HpaEvent): { path: string; body: object } {
  const namespace = namespaceOf(event.hpa);
  const hpaName = event.hpa.slice(namespace.length + 1);
  const about = JSON.stringify([event.uid, event.reason, event.subject]);
  const name = `${hpaName.slice(0, 200)}.${createHash("sha256").update(about).digest("hex").slice(0, 16)}`;
  return {
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/events/${encodeURIComponent(name)}`,
    body: {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace },
      involvedObject: {
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        name: hpaName,
        namespace,
        ...(event.uid ? { uid: event.uid } : {}),
      },
      type: event.type,
      reason: event.reason,
      message: cut(event.message),
      source: { component: COMPONENT },
      reportingComponent: COMPONENT,
      firstTimestamp: utc(event.first),
      lastTimestamp: utc(event.last),
      count: event.count,
    },
  };
}

/** Returns the namespace of `namespace/name`. */
export function namespaceOf(hpa: string): string {
  return hpa.slice(0, Math.max(0, hpa.indexOf("/")));
}

function cut(message: string): string {
  const shown = withoutSecrets(message.slice(0, 4 * LONGEST_MESSAGE));
  return shown.length > LONGEST_MESSAGE ? `${shown.slice(0, LONGEST_MESSAGE - 1)}…` : shown;
}

/** Converts a problem code to an event reason, such as `ASM_QUERY_INVALID` to `QueryInvalid`. */
export function reasonOf(code: string): string {
  const [, ...words] = code.toLowerCase().split("_");
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}
