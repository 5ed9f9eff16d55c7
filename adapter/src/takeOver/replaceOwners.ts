import { ProblemError } from "@asm-autoscaler/hpa-metrics";
import { hasStatus, type Kubernetes } from "../kubernetes/client.ts";
import { type ApiService, patchApiService, REPLACED, readApiService } from "../serving/apiService.ts";
import { certificatesOf, toBase64 } from "../serving/pem.ts";
import { parseReplaced, type Replaced, replacedOf } from "../serving/replaced.ts";
import { hasAdded, withAdded, withoutAdded } from "./addedTrust.ts";
import { type GiveBackDependencies, giveBackAll, hasLostOnlyService } from "./giveBack.ts";
import { contested } from "./takeOverProblems.ts";

export interface ReplaceOptions extends GiveBackDependencies {
  /** Waits for some milliseconds. */
  wait(ms: number): Promise<void>;
}

/** How long the present owner gets to remove the adapter's authorities, in ms. KEDA's operator takes less than one second. */
const CONTEST_MS = 3_000;
/** How often the second write of a group is tried if somebody else writes at the same time. */
const TRIES = 5;

/** Reads these APIServices. Leaves out those that do not exist. @throws KubernetesError */
export async function readApiServices(
  kubernetes: Pick<Kubernetes, "call">,
  names: readonly string[],
): Promise<ApiService[]> {
  const found = await Promise.all(names.map((name) => readApiService(kubernetes, name)));
  return found.flatMap((one) => one ?? []);
}

/**
 * Adds our authorities to those of the owners, which is harmless, and looks whether they stay. Returns the APIServices as
 * they are then, or undefined if an owner has changed. @throws ProblemError ASM_TAKE_OVER_CONTESTED, and KubernetesError
 */
export async function addTrust(
  owners: readonly ApiService[],
  authorities: readonly string[],
  { kubernetes, service, wait }: ReplaceOptions,
): Promise<readonly ApiService[] | undefined> {
  const trusts = ({ caText }: ApiService) => authorities.every((pem) => certificatesOf(caText).includes(pem));
  const verified = owners.filter(({ caBundle }) => caBundle !== "");
  if (verified.length === 0) return owners;
  for (const found of verified.filter((one) => !trusts(one))) {
    const caBundle = toBase64(withAdded(found.caText, authorities, `${service.namespace}/${service.name}`));
    await patchApiService(kubernetes, found, { spec: { caBundle } });
  }
  await wait(CONTEST_MS);
  const after = await readApiServices(
    kubernetes,
    owners.map(({ name }) => name),
  );
  const isSame = owners.every(({ name, owner }) => after.some((one) => one.name === name && one.owner === owner));
  if (!isSame) return undefined;
  const removed = after.find((one) => verified.some(({ name }) => name === one.name) && !trusts(one));
  if (removed) throw new ProblemError(contested(removed));
  return after;
}

/**
 * Replaces the owners, one after the other in one write each: all or none, because two adapters would serve different
 * versions of the group otherwise. @throws KubernetesError
 */
export async function replaceOwners(
  owners: readonly ApiService[],
  authorities: readonly string[],
  options: ReplaceOptions,
): Promise<void> {
  const written: string[] = [];
  for (const owner of owners) {
    try {
      await (written.length === 0 ? replaceOne(owner, authorities, options) : replaceNext(owner, authorities, options));
      written.push(owner.name);
    } catch (error) {
      // The error of the write says more than one of giving back, which is tried again with the next look.
      if (written.length > 0) await giveBackAll(options, written).catch(() => undefined);
      throw error;
    }
  }
}

async function replaceOne(
  owner: ApiService,
  authorities: readonly string[],
  { kubernetes, service: { namespace, name } }: ReplaceOptions,
): Promise<void> {
  await patchApiService(kubernetes, owner, {
    annotations: { [REPLACED]: JSON.stringify({ ...rememberedOf(owner), by: `${namespace}/${name}` }) },
    spec: {
      service: { namespace, name, port: 443 },
      caBundle: toBase64(authorities.join("")),
      insecureSkipTLSVerify: false,
    },
  });
}

/** Between the versions of a group is one write, also if somebody changes one of them at the same time. */
async function replaceNext(owner: ApiService, authorities: readonly string[], options: ReplaceOptions): Promise<void> {
  for (let found = owner, attempt = 1; ; attempt++) {
    try {
      return await replaceOne(found, authorities, options);
    } catch (error) {
      const isTried = hasStatus(error, 409) && attempt < TRIES;
      const now = isTried ? await readApiService(options.kubernetes, owner.name) : undefined;
      if (now?.owner !== owner.owner) throw error;
      found = now;
    }
  }
}

/**
 * What is to be remembered of this owner. It is remembered already if somebody wrote only its Service back: then the
 * caBundle is still the adapter's, and not that of the owner.
 */
export function rememberedOf(owner: ApiService): Replaced {
  const remembered = parseReplaced(owner.replaced);
  if (remembered && hasLostOnlyService(owner)) return remembered;
  return replacedOf(owner, hasAdded(owner.caText) ? toBase64(withoutAdded(owner.caText)) : owner.caBundle);
}
