import { type Problem, ProblemError } from "@asm-autoscaler/hpa-metrics";
import type { Clock } from "../clock.ts";
import type { Connection, Endpoint } from "../delegates/connection.ts";
import { hasStatus, type Kubernetes } from "../kubernetes/client.ts";
import type { Log } from "../kubernetes/log.ts";
import {
  API_SERVICE,
  type ApiService,
  ownerOf,
  patchApiService,
  REPLACED,
  readApiService,
  refersTo,
} from "../serving/apiService.ts";
import { certificatesOf, toBase64 } from "../serving/pem.ts";
import { parseReplaced, type Replaced, replacedOf } from "../serving/replaced.ts";
import { hasAdded, withAdded, withoutAdded } from "./addedTrust.ts";
import { type GiveBackDependencies, hasLostOnlyService } from "./giveBack.ts";
import { hasFinalizer, type OrderData, type OrderStore } from "./order.ts";
import { preflight } from "./preflight.ts";
import type { Reporter } from "./reporter.ts";
import { msUntilNext, oneMore, reverted, rival, takeOversOf } from "./reverts.ts";
import { absent, contested, failed, own, withoutCertificate } from "./takeOverProblems.ts";

export interface TakerOptions extends GiveBackDependencies {
  readonly kubernetes: Kubernetes;
  /** Whether the adapter makes its own serving certificate. Its CA is unknown otherwise. */
  readonly keepsPair: boolean;
  /** The CAs (PEM) of the serving certificates of all replicas. Undefined until the replicas agreed on them. */
  authorities(): readonly string[] | undefined;
  connect(endpoint: Endpoint): Connection;
  readonly clock: Clock;
  /** Waits for some milliseconds. */
  wait(ms: number): Promise<void>;
  readonly log: Log;
}

/**
 * - `again`: something else changed, or is not known yet. Look again soon.
 * - with `replaced`: this adapter has the API, and who had it before. `takeOvers` are texts that the order does not have yet.
 * - with `isUnknown`: it is not known who has the API.
 */
export type Outcome =
  | "again"
  | { readonly message: string; readonly replaced: string; readonly takeOvers?: OrderData }
  | { readonly problem: Problem; readonly isUnknown?: true };

/** Time until the next attempt after one that found a reason to wait, in ms. The present owner pays for each. */
const RETRY_MS: Partial<Record<Problem["code"], number>> = {
  ASM_TAKE_OVER_LOSES: 30_000,
  ASM_TAKE_OVER_UNKNOWN: 30_000,
  ASM_TAKE_OVER_FAILED: 30_000,
  ASM_TAKE_OVER_CONTESTED: 60_000,
};
const SHORT_RETRY_MS = 5_000;
/** How long the present owner gets to remove the adapter's authorities, in ms. KEDA's operator takes less than one second. */
const CONTEST_MS = 3_000;

/** Takes the APIService over. */
export interface Taker {
  /** Does what is next for an order that is not deleted. @throws ProblemError ASM_TAKE_OVER_ORDER, KubernetesError with status 409 */
  step(): Promise<Outcome>;
  /** Whether this replica changed the APIService and has not seen the order since then. */
  mayHaveTaken(): boolean;
  /** The order was seen. */
  sawOrder(): void;
  /** The order is gone: a next one begins anew. */
  forget(): void;
}

export function createTaker(options: TakerOptions, orders: OrderStore, reporter: Reporter): Taker {
  const { kubernetes, service, clock, wait, log } = options;
  const self = `${service.namespace}/${service.name}`;
  let hasWritten = false;
  let last: { readonly problem: Problem; readonly until: number } | undefined;
  /** Of a take-over of this replica, until the order has it. */
  let taken: OrderData | undefined;

  /** Adds our authorities to those of the owner, which is harmless, and looks whether they stay. */
  const contest = async (found: ApiService, authorities: readonly string[]): Promise<ApiService | undefined> => {
    const trusts = ({ caText }: ApiService) => authorities.every((pem) => certificatesOf(caText).includes(pem));
    if (!trusts(found)) {
      hasWritten = true;
      const caBundle = toBase64(withAdded(found.caText, authorities, self));
      await patchApiService(kubernetes, found, { spec: { caBundle } });
    }
    await wait(CONTEST_MS);
    const after = await readApiService(kubernetes);
    if (!after || after.owner !== found.owner || trusts(after)) return after;
    throw new ProblemError(contested(after));
  };

  const replace = async (owner: ApiService, authorities: readonly string[]): Promise<Outcome> => {
    // Given back in the meantime, the order must not take effect again.
    const order = await orders.read();
    if (order === "none" || order.isDeleted || !hasFinalizer(order)) return "again";
    reporter.see(order);
    hasWritten = true;
    const { namespace, name } = service;
    const before = rememberedOf(owner);
    await patchApiService(kubernetes, owner, {
      annotations: { [REPLACED]: JSON.stringify({ ...before, by: self }) },
      spec: {
        service: { namespace, name, port: 443 },
        caBundle: toBase64(authorities.join("")),
        insecureSkipTLSVerify: false,
      },
    });
    taken = oneMore(takeOversOf(order.data), clock.wall(), owner.serviceWriter);
    return has(self, before);
  };

  const attempt = async (owner: ApiService): Promise<Outcome> => {
    if (!options.keepsPair) throw new ProblemError(withoutCertificate());
    const authorities = options.authorities();
    if (!authorities) return "again";
    const message = `The adapter compares what it serves with what ${owner.owner} serves.`;
    await reporter.claim(message);
    const { compared, left } = await preflight({
      ...{ kubernetes, service, authorities, owner: owner.owner, wait },
      ...{ connect: options.connect, monotonic: clock.monotonic },
    });
    const latest = owner.caBundle === "" ? owner : await contest(owner, authorities);
    if (!latest || latest.owner !== owner.owner) return "again";
    const outcome = await replace(latest, authorities);
    const unread = left === 0 ? "" : ` ${left} were not compared, because there are too many or they took too long.`;
    log.info({}, `Taking APIService ${API_SERVICE} over: metrics of HPAs compared: ${compared}.${unread}`);
    return outcome;
  };

  /** Why this adapter does not take the APIService over now, without the need to compare anything. */
  const reasonToWait = (found: ApiService): Problem | undefined => {
    const by = parseReplaced(found.replaced)?.by;
    if (by !== undefined && by !== self) return rival(by, self);
    if (last && clock.monotonic() < last.until) return last.problem;
    const all = takeOversOf(taken ?? reporter.latest().data);
    // With this adapter's CA, no read of the other Service succeeds. So only the first delay applies.
    const before = hasLostOnlyService(found) ? { ...all, count: Math.min(all.count, 1) } : all;
    return msUntilNext(before, clock.wall()) > 0 ? reverted(found.serviceWriter, found.owner) : undefined;
  };

  const has = (owner: string, before: Replaced | undefined): Outcome => {
    const replaced = before ? ownerOf(before.service) : "another one";
    const isNew = taken !== undefined && taken.lastTakeOver !== reporter.latest().data.lastTakeOver;
    if (!isNew) taken = undefined;
    const message = `APIService ${API_SERVICE} belongs to ${owner}. It replaced ${replaced}`;
    return { message, replaced, ...(taken ? { takeOvers: taken } : {}) };
  };

  return {
    mayHaveTaken: () => hasWritten,
    sawOrder() {
      hasWritten = false;
    },
    forget() {
      [hasWritten, last, taken] = [false, undefined, undefined];
    },
    async step() {
      let found: ApiService | undefined;
      try {
        found = await readApiService(kubernetes);
      } catch (error) {
        return { problem: failed(error), isUnknown: true };
      }
      if (!found) return { problem: absent() };
      if (refersTo(found, service)) {
        last = undefined;
        return found.replaced === undefined ? { problem: own(found) } : has(self, parseReplaced(found.replaced));
      }
      const wait = reasonToWait(found);
      if (wait) return { problem: wait };
      try {
        return await attempt(found);
      } catch (error) {
        if (hasStatus(error, 409)) throw error;
        const found = failed(error);
        if (found.code === "ASM_TAKE_OVER_ORDER") throw error;
        last = { problem: found, until: clock.monotonic() + (RETRY_MS[found.code] ?? SHORT_RETRY_MS) };
        return { problem: found };
      }
    },
  };
}

/**
 * What is to be remembered of this owner. It is remembered already if somebody wrote only its Service back: then the
 * caBundle is still the adapter's, and not that of the owner.
 */
function rememberedOf(owner: ApiService): Replaced {
  const remembered = parseReplaced(owner.replaced);
  if (remembered && hasLostOnlyService(owner)) return remembered;
  return replacedOf(owner, hasAdded(owner.caText) ? toBase64(withoutAdded(owner.caText)) : owner.caBundle);
}
