import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { hasStatus, type Kubernetes, reason } from "../kubernetes/client.ts";
import {
  API_SERVICE,
  type ApiService,
  ownerOf,
  patchApiService,
  REPLACED,
  readApiService,
  refersTo,
  type ServiceName,
} from "../serving/apiService.ts";
import { certificatesOf, fromBase64, toBase64 } from "../serving/pem.ts";
import { parseReplaced, type Replaced, serviceOf } from "../serving/replaced.ts";
import { hasAdded, withoutAdded } from "./addedTrust.ts";
import { ORDER } from "./order.ts";

export interface GiveBackDependencies {
  readonly kubernetes: Pick<Kubernetes, "call">;
  /** The adapter's own Service. */
  readonly service: ServiceName;
  /** Reads the CA (PEM) of the delegate that has this Service. Undefined without such a delegate, or if it has no CA. */
  presentCa(service: ServiceName): Promise<string | undefined>;
}

const TRIES = 5;

/**
 * Gives the APIService back to the Service that the adapter replaced, in one update. Safe beside other replicas that do
 * the same. Returns a sentence that says what was done.
 * @throws ProblemError ASM_GIVE_BACK, and KubernetesError
 */
export async function giveBackApiService(dependencies: GiveBackDependencies): Promise<string> {
  const { kubernetes, service } = dependencies;
  for (let attempt = 1; ; attempt++) {
    try {
      const found = await readApiService(kubernetes);
      if (!found) return `APIService ${API_SERVICE} does not exist, so there is nothing to give back`;
      if (!refersTo(found, service)) return await leave(dependencies, found);
      if (found.replaced === undefined)
        return `APIService ${API_SERVICE} stays with this adapter, because it has replaced nothing`;
      return await restore(dependencies, found, found.replaced);
    } catch (error) {
      if (!hasStatus(error, 409) || attempt === TRIES) throw error;
    }
  }
}

/** The problem of an APIService or an order that cannot be given back now. */
export function giveBackProblem(error: unknown) {
  if (error instanceof ProblemError) return error.problem;
  return problem("ASM_GIVE_BACK", `APIService ${API_SERVICE} cannot be given back (${reason(error)})`);
}

/**
 * Whether somebody wrote only the Service of the replaced adapter back: the APIService still remembers that one, and the
 * caBundle is the one of the take-over, which nobody but an adapter of this kind has written.
 */
export function hasLostOnlyService({ caText, replaced, owner, caBundleWriter }: ApiService): boolean {
  const remembered = parseReplaced(replaced);
  const isTheirs = remembered !== undefined && ownerOf(remembered.service) === owner;
  return isTheirs && caText !== "" && caBundleWriter === undefined && !hasAdded(caText);
}

/**
 * Removes what the adapter may have left in the APIService of somebody else. If somebody wrote only the Service back, its
 * CA is still missing there, and is given back. What another installation of the adapter remembers stays.
 */
async function leave({ kubernetes, service, presentCa }: GiveBackDependencies, found: ApiService): Promise<string> {
  const { caText, replaced, owner } = found;
  const self = `${service.namespace}/${service.name}`;
  const isOurs = replaced !== undefined && parseReplaced(replaced)?.by === self;
  if (isOurs && hasLostOnlyService(found)) return restore({ kubernetes, service, presentCa }, found, replaced);
  const hasOurs = hasAdded(caText, self);
  if (hasOurs || isOurs)
    await patchApiService(kubernetes, found, {
      ...(hasOurs ? { spec: { caBundle: toBase64(withoutAdded(caText, self)) } } : {}),
      ...(isOurs ? { annotations: { [REPLACED]: null } } : {}),
    });
  return `APIService ${API_SERVICE} belongs to ${owner} already, so there is nothing to give back`;
}

async function restore({ kubernetes, presentCa }: GiveBackDependencies, found: ApiService, annotation: string) {
  const replaced = parseReplaced(annotation);
  if (!replaced) {
    const message = `the annotation ${REPLACED} of APIService ${API_SERVICE} does not say whose the APIService was`;
    throw new ProblemError(
      problem("ASM_GIVE_BACK", message, {
        remedy: `Write the Service of the other adapter into the APIService, then delete the finalizer of the ConfigMap ${ORDER}.`,
      }),
    );
  }
  const { service, insecureSkipTLSVerify = false } = replaced;
  await patchApiService(kubernetes, found, {
    annotations: { [REPLACED]: null },
    spec: {
      // A merge patch keeps the keys that it does not name.
      service: service === null ? null : { port: null, ...service },
      caBundle: (await caBundleFor(replaced, presentCa)) ?? null,
      insecureSkipTLSVerify,
    },
  });
  return `APIService ${API_SERVICE} is given back to ${ownerOf(replaced.service)}`;
}

/** The CA of the other adapter may have been replaced since the take-over. Otherwise its `caBundle` is as it was. */
async function caBundleFor(replaced: Replaced, presentCa: GiveBackDependencies["presentCa"]) {
  const service = serviceOf(replaced);
  const { caBundle } = replaced;
  if (!service || caBundle === undefined) return caBundle;
  const present = await presentCa(service).catch(() => undefined);
  if (present === undefined) return caBundle;
  const remembered = certificatesOf(fromBase64(caBundle));
  return certificatesOf(present).every((pem) => remembered.includes(pem)) ? caBundle : toBase64(present);
}
