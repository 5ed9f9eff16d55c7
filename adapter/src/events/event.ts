import { createHash } from "node:crypto";
import { withoutSecrets } from "../kubernetes/secrets.ts";
import { utc } from "../readings/staleness.ts";

/** What is told about an HPA, where `kubectl describe hpa` shows it. */
export interface HpaEvent {
  /** `namespace/name`. */
  hpa: string;
  uid: string;
  type: "Normal" | "Warning";
  /** A short word for machines, such as `QueryInvalid`. */
  reason: string;
  message: string;
  /** What of the HPA it is about: an annotation key, or another word of ours. Each has an event of its own. */
  subject: string;
  /** Unix ms of the first and of the last time. */
  first: number;
  last: number;
  count: number;
}

/** As long as Kubernetes takes. */
const LONGEST_MESSAGE = 1024;
const COMPONENT = "asm-metrics-adapter";

/**
 * The path and body of a core/v1 Event, for a server-side apply. Its name follows from what it is about, so that both
 * replicas and a restarted one write the same event instead of many.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
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

/** The namespace of `namespace/name`. */
export function namespaceOf(hpa: string): string {
  return hpa.slice(0, Math.max(0, hpa.indexOf("/")));
}

function cut(message: string): string {
  const shown = withoutSecrets(message.slice(0, 4 * LONGEST_MESSAGE));
  return shown.length > LONGEST_MESSAGE ? `${shown.slice(0, LONGEST_MESSAGE - 1)}…` : shown;
}

/** `ASM_QUERY_INVALID` as an event's reason: `QueryInvalid`. */
export function reasonOf(code: string): string {
  const [, ...words] = code.toLowerCase().split("_");
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}
