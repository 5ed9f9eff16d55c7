import { type Problem, ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { hasStatus, type Kubernetes, reason } from "../kubernetes/client.ts";
import {
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
import { ALL_API_SERVICES, groupsOf, preferredLast } from "./apiGroups.ts";
import { ORDER } from "./order.ts";

export interface GiveBackDependencies {
  readonly kubernetes: Pick<Kubernetes, "call">;
  /** The adapter's own Service. */
  readonly service: ServiceName;
  /** The APIServices of the APIs that the adapter serves. */
  readonly apiServices: readonly string[];
  /** Reads the CA (PEM) of the delegate that has this Service. Undefined without such a delegate, or if it has no CA. */
  presentCa(service: ServiceName): Promise<string | undefined>;
}

const TRIES = 5;

/**
 * Gives APIServices back to the Services that the adapter replaced, in one update each, the preferred version of a group
 * last. By default all, also those that the adapter does not serve any more. Safe beside other replicas that do the same.
 * Returns a sentence for each that says what was done. An APIService that cannot be given back does not stop the others.
 * @throws ProblemError ASM_GIVE_BACK, and KubernetesError with status 409
 */
export async function giveBackAll(
  dependencies: GiveBackDependencies,
  which: readonly string[] = ALL_API_SERVICES,
): Promise<string[]> {
  const sentences: string[] = [];
  const errors: unknown[] = [];
  for (const { apiServices } of groupsOf(which)) {
    for (const name of await inOrder(dependencies, apiServices)) {
      const isServed = dependencies.apiServices.includes(name);
      try {
        const done = await giveBackApiService(dependencies, name);
        if (isServed || done.isChanged) sentences.push(done.sentence);
      } catch (error) {
        // Without rights on it, the adapter has not taken it over.
        if (!isServed && hasStatus(error, 401, 403)) continue;
        errors.push(hasStatus(error, 409) ? error : new ProblemError(giveBackProblem(error, `APIService ${name}`)));
      }
    }
  }
  if (errors.length > 0) throw errors[0];
  return sentences;
}

/** If an APIService cannot be read now, giving it back says so. */
async function inOrder({ kubernetes }: GiveBackDependencies, names: readonly string[]): Promise<readonly string[]> {
  if (names.length === 1) return names;
  const found = await Promise.all(names.map((name) => readApiService(kubernetes, name).catch(() => undefined)));
  const ordered = preferredLast(found.flatMap((one) => one ?? [])).map(({ name }) => name);
  return [...ordered, ...names.filter((name) => !ordered.includes(name))];
}

/** What was done with one APIService. */
interface Done {
  readonly sentence: string;
  readonly isChanged: boolean;
}

async function giveBackApiService(dependencies: GiveBackDependencies, name: string): Promise<Done> {
  const { kubernetes, service } = dependencies;
  const nothing = (sentence: string): Done => ({ sentence, isChanged: false });
  for (let attempt = 1; ; attempt++) {
    try {
      const found = await readApiService(kubernetes, name);
      if (!found) return nothing(`APIService ${name} does not exist, so there is nothing to give back`);
      if (!refersTo(found, service)) return await leave(dependencies, found);
      if (found.replaced === undefined)
        return nothing(`APIService ${name} stays with this adapter, because it has replaced nothing`);
      return await restore(dependencies, found, found.replaced);
    } catch (error) {
      if (!hasStatus(error, 409) || attempt === TRIES) throw error;
    }
  }
}

/** The problem of an APIService or an order that cannot be given back now. */
export function giveBackProblem(error: unknown, what = "what was taken over"): Problem {
  if (error instanceof ProblemError) return error.problem;
  return problem("ASM_GIVE_BACK", `${what} cannot be given back (${reason(error)})`);
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
async function leave(dependencies: GiveBackDependencies, found: ApiService): Promise<Done> {
  const { kubernetes, service } = dependencies;
  const { name, caText, replaced, owner } = found;
  const self = `${service.namespace}/${service.name}`;
  const isOurs = replaced !== undefined && parseReplaced(replaced)?.by === self;
  if (isOurs && hasLostOnlyService(found)) return restore(dependencies, found, replaced);
  const hasOurs = hasAdded(caText, self);
  if (hasOurs || isOurs)
    await patchApiService(kubernetes, found, {
      ...(hasOurs ? { spec: { caBundle: toBase64(withoutAdded(caText, self)) } } : {}),
      ...(isOurs ? { annotations: { [REPLACED]: null } } : {}),
    });
  const sentence = `APIService ${name} belongs to ${owner} already, so there is nothing to give back`;
  return { sentence, isChanged: hasOurs || isOurs };
}

async function restore(
  { kubernetes, presentCa }: GiveBackDependencies,
  found: ApiService,
  annotation: string,
): Promise<Done> {
  const replaced = parseReplaced(annotation);
  if (!replaced) {
    const message = `the annotation ${REPLACED} of APIService ${found.name} does not say whose the APIService was`;
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
  return { sentence: `APIService ${found.name} is given back to ${ownerOf(replaced.service)}`, isChanged: true };
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
