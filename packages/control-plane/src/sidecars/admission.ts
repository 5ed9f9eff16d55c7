import type { V1Pod } from "@kubernetes/client-node";
import { hasSidecar, sidecarContainer } from "./sidecar.ts";

/** The fields of an admission.k8s.io/v1 AdmissionReview that this stand-in reads. */
interface Review {
  request: { uid: string; object: V1Pod };
}

/**
 * Responds to an AdmissionReview of a new pod. The pod is always allowed. A JSON patch adds the sidecar if the pod
 * should have one.
 * @param body The review from the API server, which is the only caller.
 * @throws SyntaxError if it is not JSON.
 */
export function reviewAnswer(body: string) {
  const { request } = JSON.parse(body) as Review;
  const patch = injectionPatch(request.object);
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: {
      uid: request.uid,
      allowed: true,
      ...(patch.length > 0 && {
        patchType: "JSONPatch",
        patch: Buffer.from(JSON.stringify(patch)).toString("base64"),
      }),
    },
  };
}

/**
 * The JSON patch that adds the sidecar to a pod. It is empty if the pod has one, or has
 * `sidecar.istio.io/inject: "false"`.
 */
export function injectionPatch(pod: V1Pod): { op: "add"; path: string; value: unknown }[] {
  const refuses =
    (pod.metadata?.labels?.["sidecar.istio.io/inject"] ?? pod.metadata?.annotations?.["sidecar.istio.io/inject"]) ===
    "false";
  if (refuses || hasSidecar(pod)) return [];
  return [{ op: "add", path: "/spec/containers/-", value: sidecarContainer }];
}
