import { pause, record } from "../collection.ts";
import { type Kubernetes, KubernetesError, reason } from "../kubernetes.ts";
import type { Log } from "../log.ts";

const NAME = "v1beta1.external.metrics.k8s.io";
const PATH = `/apis/apiregistration.k8s.io/v1/apiservices/${NAME}`;
/** Until the bundle is right, and while the APIService is not there yet. */
const SEEK_MS = 1_000;
/** Once it is right. */
const KEEP_MS = 30_000;

/**
 * Keeps `caBundle` of the external metrics APIService at the authority that signed our serving certificate, until
 * `signal` aborts. An APIService of another Service is left alone: somebody else serves external metrics then.
 */
export async function keepCaBundle(
  kubernetes: Kubernetes,
  service: { namespace: string; name: string },
  authorityPem: string,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const wanted = Buffer.from(authorityPem).toString("base64");
  let told = "";
  const tell = (sentence: string) => {
    if (sentence !== told) log.warn({ code: "ASM_CA_BUNDLE" }, `ASM_CA_BUNDLE: ${sentence}`);
    told = sentence;
  };
  while (!signal.aborted) {
    let right = false;
    try {
      right = await settle(kubernetes, service, wanted, log, tell);
      if (right) told = "";
    } catch (error) {
      if (!(error instanceof KubernetesError && error.status === 404)) {
        tell(
          `APIService ${NAME} cannot be kept right (${reason(error)}). Allow get and patch of this one APIService, or give it the authority by hand.`,
        );
      }
    }
    await pause(right ? KEEP_MS : SEEK_MS, signal);
  }
}

async function settle(
  kubernetes: Kubernetes,
  service: { namespace: string; name: string },
  wanted: string,
  log: Log,
  tell: (sentence: string) => void,
): Promise<boolean> {
  const spec = record(record(await kubernetes.call("GET", PATH))["spec"]);
  const owner = record(spec["service"]);
  if (owner["name"] !== service.name || owner["namespace"] !== service.namespace) {
    tell(
      `APIService ${NAME} belongs to the Service ${owner["namespace"]}/${owner["name"]}, not to ${service.namespace}/${service.name}, so no HPA reads from here. Remove that adapter first.`,
    );
    return true;
  }
  if (spec["caBundle"] === wanted) return true;
  // A bundle and insecureSkipTLSVerify exclude each other.
  const body = {
    spec: { caBundle: wanted, ...(spec["insecureSkipTLSVerify"] ? { insecureSkipTLSVerify: false } : {}) },
  };
  await kubernetes.call("PATCH", PATH, { body, contentType: "application/merge-patch+json" });
  log.info({}, `APIService ${NAME} now trusts this adapter's authority.`);
  return true;
}
