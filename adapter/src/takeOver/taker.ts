import { type Problem, ProblemError } from "@asm-autoscaler/hpa-metrics";
import type { Clock } from "../clock.ts";
import type { Connection, Endpoint } from "../delegates/connection.ts";
import { hasStatus, type Kubernetes } from "../kubernetes/client.ts";
import type { Log } from "../kubernetes/log.ts";
import { type ApiService, ownerOf, refersTo } from "../serving/apiService.ts";
import { parseReplaced, type Replaced } from "../serving/replaced.ts";
import { apiServiceWords, preferredLast, type ServedGroup } from "./apiGroups.ts";
import { type GiveBackDependencies, hasLostOnlyService } from "./giveBack.ts";
import { type GroupData, hasFinalizer, type OrderStore } from "./order.ts";
import { preflight } from "./preflight.ts";
import { addTrust, readApiServices, rememberedOf, replaceOwners } from "./replaceOwners.ts";
import type { Reporter } from "./reporter.ts";
import { msUntilNext, oneMore, reverted, rival, takeOversOf } from "./reverts.ts";
import { absent, failedFor, own, withoutCertificate } from "./takeOverProblems.ts";

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
 * - with `replaced`: this adapter has the API, the names of its APIServices, and who had it before. `takeOvers` are texts that the order does not have yet.
 * - with `isUnknown`: it is not known who has the API.
 * - with `isAbsent`: nobody has registered the API.
 */
export type Outcome =
  | "again"
  | {
      readonly message: string;
      readonly names: readonly string[];
      readonly replaced: string;
      readonly takeOvers?: GroupData;
    }
  | { readonly problem: Problem; readonly isUnknown?: true; readonly isAbsent?: true };

/** Time until the next attempt after one that found a reason to wait, in ms. The present owner pays for each. */
const RETRY_MS: Partial<Record<Problem["code"], number>> = {
  ASM_TAKE_OVER_LOSES: 30_000,
  ASM_TAKE_OVER_UNKNOWN: 30_000,
  ASM_TAKE_OVER_FAILED: 30_000,
  ASM_TAKE_OVER_CONTESTED: 60_000,
};
const SHORT_RETRY_MS = 5_000;

/** An APIService that this adapter has taken over. `replaced` is undefined if it remembers that in no known form. */
interface Taken {
  readonly name: string;
  readonly replaced: Replaced | undefined;
}

/** Takes the APIServices of one API group over. */
export interface Taker {
  readonly group: ServedGroup;
  /** Does what is next for an order that is not deleted. @throws ProblemError ASM_TAKE_OVER_ORDER, KubernetesError with status 409 */
  step(): Promise<Outcome>;
  /** Whether this replica changed an APIService and has not seen the order since then. */
  mayHaveTaken(): boolean;
  /** The order was seen. */
  sawOrder(): void;
  /** The order is gone: a next one begins anew. */
  forget(): void;
}

export function createTaker(group: ServedGroup, options: TakerOptions, orders: OrderStore, reporter: Reporter): Taker {
  const { kubernetes, service, clock, wait, log } = options;
  const self = `${service.namespace}/${service.name}`;
  let hasWritten = false;
  let last: { readonly problem: Problem; readonly until: number } | undefined;
  /** Of a take-over of this replica, until the order has it. */
  let taken: GroupData | undefined;

  const dataNow = (): GroupData => reporter.latest().data.groups[group.group] ?? {};

  /** @param had what this adapter has replaced already in this group */
  const replace = async (
    owners: readonly ApiService[],
    authorities: readonly string[],
    had: readonly Taken[],
  ): Promise<Outcome> => {
    // Given back in the meantime, the order must not take effect again.
    const order = await orders.read();
    if (order === "none" || order.isDeleted || !hasFinalizer(order)) return "again";
    reporter.see(order);
    hasWritten = true;
    await replaceOwners(preferredLast(owners), authorities, options);
    const writer = owners.find(({ serviceWriter }) => serviceWriter !== undefined)?.serviceWriter;
    taken = oneMore(takeOversOf(dataNow()), clock.wall(), writer);
    return has([...owners.map((owner) => ({ name: owner.name, replaced: rememberedOf(owner) })), ...had]);
  };

  const attempt = async (owners: readonly ApiService[], had: readonly Taken[]): Promise<Outcome> => {
    if (!options.keepsPair) throw new ProblemError(withoutCertificate());
    const authorities = options.authorities();
    if (!authorities) return "again";
    // The HPA controller reads this version, so its present owner counts.
    const preferred = preferredLast(owners).at(-1);
    if (!preferred) return "again";
    const message = `The adapter compares what it serves with what ${preferred.owner} serves.`;
    await reporter.claim(group.group, message);
    const { compared, left, notes } = await preflight({
      ...{ kubernetes, service, authorities, apiService: preferred, wait },
      ...{ connect: options.connect, monotonic: clock.monotonic },
    });
    hasWritten = true;
    const latest = await addTrust(owners, authorities, options);
    if (!latest) return "again";
    const outcome = await replace(latest, authorities, had);
    const unread = left === 0 ? "" : ` ${left} were not compared, because there are too many or they took too long.`;
    const taking = apiServiceWords(owners.map(({ name }) => name));
    log.info({}, [`Taking ${taking} over: metrics of HPAs compared: ${compared}.${unread}`, ...notes].join(" "));
    return outcome;
  };

  /** Why this adapter does not take an APIService over now, without the need to compare anything. */
  const reasonToWait = (found: ApiService, names: readonly string[]): Problem | undefined => {
    const by = parseReplaced(found.replaced)?.by;
    if (by !== undefined && by !== self) return rival(by, self, found.name);
    if (last && clock.monotonic() < last.until) return last.problem;
    const all = takeOversOf(taken ?? dataNow());
    // With this adapter's CA, no read of the other Service succeeds. So only the first delay applies.
    const before = hasLostOnlyService(found) ? { ...all, count: Math.min(all.count, 1) } : all;
    return msUntilNext(before, clock.wall()) > 0 ? reverted(found.serviceWriter, found.owner, names) : undefined;
  };

  const has = (all: readonly Taken[]): Outcome => {
    const owners = all.map(({ replaced }) => (replaced ? ownerOf(replaced.service) : "another one"));
    const replaced = [...new Set(owners)].join(" and ");
    const isNew = taken !== undefined && taken.lastTakeOver !== dataNow().lastTakeOver;
    if (!isNew) taken = undefined;
    const isOne = all.length === 1;
    const names = all.map(({ name }) => name).toSorted();
    const message = `${apiServiceWords(names)} ${isOne ? "belongs" : "belong"} to ${self}. ${isOne ? "It" : "They"} replaced ${replaced}`;
    return { message, names, replaced, ...(taken ? { takeOvers: taken } : {}) };
  };

  return {
    group,
    mayHaveTaken: () => hasWritten,
    sawOrder() {
      hasWritten = false;
    },
    forget() {
      [hasWritten, last, taken] = [false, undefined, undefined];
    },
    async step() {
      let found: ApiService[];
      try {
        found = await readApiServices(kubernetes, group.apiServices);
      } catch (error) {
        return { problem: failedFor(group, error), isUnknown: true };
      }
      const [first] = found;
      if (!first) return { problem: absent(group), isAbsent: true };
      const owners = found.filter((one) => !refersTo(one, service));
      const had = found
        .filter((one) => refersTo(one, service) && one.replaced !== undefined)
        .map(({ name, replaced }) => ({ name, replaced: parseReplaced(replaced) }));
      if (owners.length === 0) {
        last = undefined;
        return had.length === 0 ? { problem: own(first) } : has(had);
      }
      const present = found.map(({ name }) => name);
      const wait = owners.map((one) => reasonToWait(one, present)).find((one) => one !== undefined);
      if (wait) return { problem: wait };
      try {
        return await attempt(owners, had);
      } catch (error) {
        if (hasStatus(error, 409)) throw error;
        const found = failedFor(group, error);
        if (found.code === "ASM_TAKE_OVER_ORDER") throw error;
        last = { problem: found, until: clock.monotonic() + (RETRY_MS[found.code] ?? SHORT_RETRY_MS) };
        return { problem: found };
      }
    },
  };
}
