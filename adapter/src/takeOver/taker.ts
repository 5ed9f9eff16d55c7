import { type Problem, ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import type { Clock } from "../clock.ts";
import type { Connection, Endpoint } from "../delegates/connection.ts";
import type { Kubernetes } from "../kubernetes/client.ts";
import type { Log } from "../kubernetes/log.ts";
import {
  API_SERVICE,
  type ApiService,
  ownerOf,
  patchApiService,
  REPLACED,
  readApiService,
  refersTo,
  writerRemedy,
  writerWords,
} from "../serving/apiService.ts";
import { certificatesOf, toBase64 } from "../serving/pem.ts";
import { parseReplaced, replacedOf } from "../serving/replaced.ts";
import { hasAdded, withAdded, withoutAdded } from "./addedTrust.ts";
import type { GiveBackDependencies } from "./giveBack.ts";
import { hasFinalizer, type Order, type OrderStore } from "./order.ts";
import { preflight } from "./preflight.ts";

export interface TakerOptions extends GiveBackDependencies {
  readonly kubernetes: Kubernetes;
  /** Whether the adapter makes its own serving certificate. Its CA is unknown otherwise. */
  readonly keepsPair: boolean;
  /** The CAs (PEM) of the serving certificates of all replicas. Undefined until the replicas agreed on them. */
  authorities(): readonly string[] | undefined;
  connect(endpoint: Endpoint): Connection;
  readonly clock: Pick<Clock, "monotonic">;
  /** Waits for some milliseconds. */
  wait(ms: number): Promise<void>;
  readonly log: Log;
}

/** `again`: something else changed, or is not known yet. Look again soon. */
export type Outcome = "again" | { readonly message: string } | { readonly problem: Problem };

/** Time until the next attempt after one that found a reason to wait, in ms. The present owner pays for each. */
const RETRY_MS: Partial<Record<Problem["code"], number>> = {
  ASM_TAKE_OVER_LOSES: 30_000,
  ASM_TAKE_OVER_CONTESTED: 60_000,
};
const SHORT_RETRY_MS = 5_000;
/** How long the present owner gets to remove the adapter's authorities, in ms. KEDA's operator takes less than one second. */
const CONTEST_MS = 3_000;

/** Takes the APIService over. */
export interface Taker {
  /** Does what is next for an order that is not deleted. @throws ProblemError and KubernetesError, 409 on a conflict */
  step(order: Order): Promise<Outcome>;
  /** Whether this replica changed the APIService and has not seen the order since then. */
  mayHaveTaken(): boolean;
  /** The order is gone: a next one begins anew. */
  forget(): void;
}

export function createTaker(options: TakerOptions, orders: OrderStore): Taker {
  const { kubernetes, service, clock, wait, log } = options;
  let hasWritten = false;
  let last: { readonly problem: Problem; readonly until: number } | undefined;

  /** Adds our authorities to those of the owner, which is harmless, and looks whether they stay. */
  const contest = async (found: ApiService, authorities: readonly string[]): Promise<ApiService | undefined> => {
    const trusts = ({ caText }: ApiService) => authorities.every((pem) => certificatesOf(caText).includes(pem));
    if (!trusts(found)) {
      hasWritten = true;
      await patchApiService(kubernetes, found, { spec: { caBundle: toBase64(withAdded(found.caText, authorities)) } });
    }
    await wait(CONTEST_MS);
    const after = await readApiService(kubernetes);
    if (!after || after.owner !== found.owner || trusts(after)) return after;
    const message =
      `${writerWords(after)} removes this adapter's CA from the caBundle of APIService ${API_SERVICE}, ` +
      `so HPAs would lose all metrics if this adapter replaced ${after.owner}`;
    throw new ProblemError(problem("ASM_TAKE_OVER_CONTESTED", message, { remedy: writerRemedy(after) }));
  };

  const replace = async (owner: ApiService, authorities: readonly string[]): Promise<Outcome> => {
    // Given back in the meantime, the order must not take effect again.
    const order = await orders.read();
    if (typeof order === "string" || order.isDeleted || !hasFinalizer(order)) return "again";
    hasWritten = true;
    const { namespace, name } = service;
    const caBundle = hasAdded(owner.caText) ? toBase64(withoutAdded(owner.caText)) : owner.caBundle;
    await patchApiService(kubernetes, owner, {
      annotations: { [REPLACED]: rememberedOf(owner, authorities) ?? replacedOf(owner, caBundle) },
      spec: {
        service: { namespace, name, port: 443 },
        caBundle: toBase64(authorities.join("")),
        insecureSkipTLSVerify: false,
      },
    });
    return "again";
  };

  const attempt = async (owner: ApiService): Promise<Outcome> => {
    if (!options.keepsPair) throw new ProblemError(withoutCertificate());
    const authorities = options.authorities();
    if (!authorities) return "again";
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

  return {
    mayHaveTaken: () => hasWritten,
    forget() {
      [hasWritten, last] = [false, undefined];
    },
    async step(order) {
      hasWritten = false;
      const found = await readApiService(kubernetes);
      if (!found) throw new ProblemError(absent());
      if (refersTo(found, service)) {
        last = undefined;
        if (found.replaced === undefined) throw new ProblemError(own(found));
        return { message: takenOver(found, found.replaced) };
      }
      if (!hasFinalizer(order)) {
        const message = `The adapter compares what it serves with what ${found.owner} serves.`;
        await orders.write(order, { state: "Waiting", message });
        return "again";
      }
      if (last && clock.monotonic() < last.until) return { problem: last.problem };
      last = undefined;
      try {
        return await attempt(found);
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        const retryMs = RETRY_MS[error.problem.code] ?? SHORT_RETRY_MS;
        last = { problem: error.problem, until: clock.monotonic() + retryMs };
        return { problem: error.problem };
      }
    },
  };
}

function takenOver({ owner }: ApiService, replaced: string): string {
  const parsed = parseReplaced(replaced);
  const before = parsed ? ownerOf(parsed.service) : "another one";
  return `APIService ${API_SERVICE} belongs to ${owner}. It replaced ${before}`;
}

/**
 * Whoever creates the order and the APIService of this adapter in one program would otherwise delete the APIService next,
 * because the order stands in its place: Pulumi waits for `TakenOver` before it deletes anything.
 */
function own({ owner }: ApiService): Problem {
  const message = `APIService ${API_SERVICE} was made for ${owner}, so there is nothing to take over`;
  const remedy = "Remove `takeOver`, or delete the ConfigMap `asm-metrics-adapter-take-over`.";
  return problem("ASM_TAKE_OVER_ABSENT", message, { remedy });
}

function absent(): Problem {
  return problem("ASM_TAKE_OVER_ABSENT", `APIService ${API_SERVICE} does not exist, so there is nothing to take over`);
}

function withoutCertificate(): Problem {
  const message =
    "this adapter does not make its own serving certificate, so it does not know the CA for the APIService";
  return problem("ASM_TAKE_OVER_CERTIFICATE", message);
}

/**
 * What is remembered of this owner already, if somebody wrote only its Service back: then the caBundle is still the
 * adapter's, and it must not be remembered as that of the owner.
 */
function rememberedOf({ replaced, owner, caText }: ApiService, authorities: readonly string[]): string | undefined {
  const present = certificatesOf(caText);
  const isOurs = present.length > 0 && present.every((pem) => authorities.includes(pem));
  const remembered = parseReplaced(replaced);
  return isOurs && remembered && ownerOf(remembered.service) === owner ? replaced : undefined;
}
