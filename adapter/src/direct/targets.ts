import { record, type ScaleTarget } from "@asm-autoscaler/hpa-metrics";
import type { Kubernetes } from "../kubernetes/client.ts";
import { reason } from "../kubernetes/client.ts";
import { watchCollection } from "../kubernetes/listWatch.ts";
import { pause, withOwnSignal } from "../kubernetes/pause.ts";
import { readScale, resourceOf } from "../kubernetes/scale.ts";
import { type Pod, parsePod } from "./pods.ts";

/** Receives the pods of one target. */
export interface PodEvents {
  /** All pods, after each list. */
  onList(pods: readonly Pod[]): void;
  onChange(pod: Pod): void;
  onDelete(uid: string): void;
  /** The pods are not known, or not up to date: a sentence without a full stop. Undefined when that ends. */
  onTrouble(sentence: string | undefined): void;
}

/** How often the selector of a target is read again, in ms. It changes when somebody replaces the object. */
const SELECTOR_MS = 300_000;
const RETRY_MS = 10_000;
/** Maximum length of a selector, as characters of a URL. */
const MOST_SELECTOR = 4_000;

/**
 * Watches the pods of a scale target until `signal` aborts. As the HPA controller does, it reads the selector from the
 * `scale` subresource, so any kind with that subresource works. An empty selector is refused, because it selects all
 * pods of the namespace (kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go). Needs `get` on the `scale`
 * of the kind, and `list` and `watch` on pods.
 */
export async function watchPods(
  kubernetes: Kubernetes,
  namespace: string,
  target: ScaleTarget,
  events: PodEvents,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    let selector: string;
    try {
      selector = await selectorOf(kubernetes, namespace, target);
    } catch (error) {
      events.onTrouble(reason(error));
      await pause(RETRY_MS, signal);
      continue;
    }
    await withOwnSignal(signal, async (own) => {
      const follow = watchSelected(kubernetes, namespace, selector, events, own.signal);
      while (!own.signal.aborted) {
        await pause(SELECTOR_MS, own.signal);
        const now = await selectorOf(kubernetes, namespace, target).catch(() => selector);
        if (now !== selector) own.abort();
      }
      await follow;
    });
  }
}

/** Watches the pods of a namespace that a selector selects, until `signal` aborts. An empty selector selects all. */
export function watchSelected(
  kubernetes: Kubernetes,
  namespace: string,
  labelSelector: string,
  events: PodEvents,
  signal: AbortSignal,
): Promise<void> {
  return watchCollection<{ uid: string; pod: Pod | undefined }>(
    kubernetes,
    `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`,
    labelSelector === "" ? {} : { labelSelector },
    {
      parse(object) {
        const { uid } = record(record(object)["metadata"]);
        return typeof uid === "string" ? { uid, pod: parsePod(object, kubernetes.server) } : undefined;
      },
      onList(items) {
        events.onTrouble(undefined);
        events.onList(items.flatMap(({ pod }) => pod ?? []));
      },
      onChange: ({ uid, pod }) => (pod ? events.onChange(pod) : events.onDelete(uid)),
      onDelete: ({ uid }) => events.onDelete(uid),
      onError: (sentence) => events.onTrouble(sentence),
    },
    signal,
  );
}

/** The label selector of the target's pods, from its `scale` subresource. Rejects if there is none. */
export async function selectorOf(
  kubernetes: Pick<Kubernetes, "call">,
  namespace: string,
  target: ScaleTarget,
): Promise<string> {
  const { kind, name } = target;
  const { selector } = record(
    (await readScale(kubernetes, namespace, target, (one) => resourceOf(kubernetes, one)))["status"],
  );
  if (typeof selector !== "string" || selector === "")
    throw new Error(`the scale subresource of ${kind} ${name} has no selector`);
  if (selector.length > MOST_SELECTOR) throw new Error(`the selector of ${kind} ${name} is too long`);
  return selector;
}
