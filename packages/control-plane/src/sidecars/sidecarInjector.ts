/**
 * Stand-in for Istio's sidecar injector. It is a mutating webhook that adds the container `istio-proxy` to new pods in
 * namespaces with the label `istio-injection=enabled`, and to pods with the label `sidecar.istio.io/inject: "true"`.
 * Unlike Istio's injector, it adds no init container, volumes or probes, and no proxy runs. It adds only what scraping
 * and `kubectl get pod` show.
 */
import { createServer } from "node:https";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import type { V1Pod } from "@kubernetes/client-node";
import type { ControlPlane } from "../controlPlane.ts";
import { serverCall } from "../kubelet/serverCall.ts";
import { reviewAnswer } from "./admission.ts";
import { hasSidecar } from "./sidecar.ts";

export interface SidecarInjector {
  /** Removes the webhook from the API and closes its server. */
  stop(): Promise<void>;
}

/** The injector's address in the control plane's block, and the port of Istio's own webhook. */
const component = 10;
const port = 15017;
const configurationPath = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
const configurationName = "istio-sidecar-injector";
/** Maximum time until the API server calls a new webhook, in milliseconds. */
const effectiveWithin = 15_000;

/**
 * Starts the injector and waits until the API server calls it, so that it handles every later pod.
 * @throws ProblemError ASM_INJECTOR_IDLE if it is not called within 15 s. Errors of the listener or the API server are also
 * thrown.
 */
export async function startSidecarInjector(controlPlane: ControlPlane): Promise<SidecarInjector> {
  const { kubernetes, addresses, caPem } = controlPlane;
  const address = addresses.component(component);
  const { certPem, keyPem } = await controlPlane.issueServingCertificate([address]);
  const server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    text(request)
      .then((body) => JSON.stringify(reviewAnswer(body)))
      .then((answer) => response.setHeader("content-type", "application/json").end(answer))
      .catch(() => response.writeHead(400).end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, address, resolve);
  });
  const stop = async () => {
    await serverCall(kubernetes, "DELETE", `${configurationPath}/${configurationName}`).catch(() => {});
    server.close();
    server.closeAllConnections();
  };
  try {
    await serverCall(kubernetes, "POST", configurationPath, configuration(`https://${address}:${port}/inject`, caPem));
    await effective(controlPlane);
  } catch (problem) {
    await stop();
    throw problem;
  }
  return { stop };
}

function configuration(url: string, caPem: string) {
  const webhook = {
    clientConfig: { url, caBundle: Buffer.from(caPem).toString("base64") },
    rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    failurePolicy: "Fail",
    timeoutSeconds: 5,
  };
  const namespaces = { matchLabels: { "istio-injection": "enabled" } };
  const pods = { matchLabels: { "sidecar.istio.io/inject": "true" } };
  return {
    metadata: { name: configurationName },
    webhooks: [
      { name: "namespace.sidecar-injector.istio.io", namespaceSelector: namespaces, ...webhook },
      { name: "object.sidecar-injector.istio.io", objectSelector: pods, ...webhook },
    ],
  };
}

/** Waits until the webhook is in effect. The API does not report this, so a dry run of a pod tests it. */
async function effective({ kubernetes }: ControlPlane): Promise<void> {
  const pod = {
    metadata: { name: "injection-check", labels: { "sidecar.istio.io/inject": "true" } },
    spec: { containers: [{ name: "check", image: "check" }] },
  };
  const end = performance.now() + effectiveWithin;
  while (performance.now() < end) {
    const made = await serverCall<V1Pod>(kubernetes, "POST", "/api/v1/namespaces/default/pods?dryRun=All", pod);
    if (hasSidecar(made)) return;
    await pause(100);
  }
  throw new ProblemError(
    problem(
      "ASM_INJECTOR_IDLE",
      `The API server does not call the sidecar injector after ${effectiveWithin / 1_000} s`,
    ),
  );
}
