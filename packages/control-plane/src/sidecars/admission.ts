import type { V1Pod } from "@kubernetes/client-node";
import { hasSidecar, sidecarContainer } from "./sidecar.ts";

/** The part of an admission.k8s.io/v1 AdmissionReview that is read. */
interface Review {
  request: { uid: string; object: V1Pod };
}

/**
 * Answers an AdmissionReview of a new pod: always allowed, with a JSON patch that adds the sidecar where it is due.
 * @param body The review as the API server sent it, which is the only caller.
 * @throws SyntaxError when it is not JSON.
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

/** The JSON patch that gives a pod its sidecar: empty when it has one or says `sidecar.istio.io/inject: "false"`. */
export function injectionPatch(pod: V1Pod): { op: "add"; path: string; value: unknown }[] {
  const refuses =
    (pod.metadata?.labels?.["sidecar.istio.io/inject"] ?? pod.metadata?.annotations?.["sidecar.istio.io/inject"]) ===
    "false";
  if (refuses || hasSidecar(pod)) return [];
  return [{ op: "add", path: "/spec/containers/-", value: sidecarContainer }];
}
