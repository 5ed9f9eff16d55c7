import { type Problem, ProblemError, problem, record } from "@asm-autoscaler/hpa-metrics";
import { type Clock, within } from "../clock.ts";
import { type Kubernetes, KubernetesError, reason } from "../kubernetes/client.ts";

/**
 * The ServiceAccount as which every delegate sees this adapter. It may read external metrics and nothing else, so a
 * delegate that misuses its token gains only that.
 */
const DELEGATES_ACCOUNT = "asm-metrics-adapter-delegates";

/** The token of DELEGATES_ACCOUNT. It stays in this object: it is in no log line, problem or state. */
export interface DelegateToken {
  /**
   * Returns a valid token. Waits at most `waitMs` milliseconds for a new one, and not at all while there is one.
   * @throws ProblemError ASM_DELEGATE_TOKEN
   */
  get(waitMs: number): Promise<string>;
  /** A delegate does not accept this token, for example because the ServiceAccount was created again. */
  rejected(token: string): void;
}

/** Requested lifetime in seconds. The API server accepts at least ten minutes. */
const LIFETIME_SECONDS = 3_600;
/** Shortest time between two requests, in milliseconds. It also limits what a delegate causes that answers only 401. */
const RETRY_MS = 5_000;
/** The longest token that is accepted, in characters. Kubernetes issues about a thousand. */
const MOST_CHARACTERS = 16_384;

/**
 * Creates the token of the delegates: a TokenRequest for DELEGATES_ACCOUNT in this namespace, without an audience,
 * because neighbours send a TokenReview without one. One request runs at a time. A token is renewed in the background
 * after 75 to 85 % of its lifetime, at random, so that replicas do not renew together. While that fails, it is used until
 * it expires. The adapter's own credentials never replace it, inside or outside of a cluster.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
 */
export function createDelegateToken(
  kubernetes: Pick<Kubernetes, "call">,
  { monotonic }: Pick<Clock, "monotonic">,
  namespace: string,
): DelegateToken {
  let current: { readonly token: string; readonly renewAt: number; readonly expiresAt: number } | undefined;
  let failure: Problem | undefined;
  let tryAgainAt = Number.NEGATIVE_INFINITY;
  let request: Promise<void> | undefined;

  const renew = async () => {
    const began = monotonic();
    tryAgainAt = began + RETRY_MS;
    try {
      const { token, lifetimeMs } = await requestToken(kubernetes, namespace);
      const renewAt = began + lifetimeMs * (0.75 + Math.random() / 10);
      current = { token, renewAt, expiresAt: began + lifetimeMs };
      failure = undefined;
    } catch (error) {
      failure = refused(error, namespace);
    }
    request = undefined;
  };
  const valid = () => (current && monotonic() < current.expiresAt ? current.token : undefined);

  return {
    async get(waitMs) {
      const isDue = !current || monotonic() >= current.renewAt;
      if (isDue && monotonic() >= tryAgainAt) request ??= renew();
      const known = valid();
      if (known !== undefined) return known;
      const isLate = request !== undefined && (await within(request, waitMs)) === "late";
      const token = valid();
      if (token !== undefined) return token;
      if (failure && !isLate) throw new ProblemError(failure);
      const late = new Error(`the API server did not answer within ${waitMs / 1000} s`);
      throw new ProblemError(refused(late, namespace));
    },
    rejected(token) {
      if (current?.token === token) current = { ...current, renewAt: Number.NEGATIVE_INFINITY };
    },
  };
}

async function requestToken(kubernetes: Pick<Kubernetes, "call">, namespace: string) {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${DELEGATES_ACCOUNT}/token`;
  const spec = { expirationSeconds: LIFETIME_SECONDS };
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec };
  const answer = record(await kubernetes.call("POST", path, { body }));
  const { token } = record(answer["status"]);
  // The API server may shorten the lifetime, and says so here. A duration does not depend on the clocks of two machines.
  const { expirationSeconds } = record(answer["spec"]);
  if (typeof token !== "string" || token.length > MOST_CHARACTERS || !/^[\w.~+/=-]+$/.test(token))
    throw new Error("the answer of the API server has no usable token");
  if (typeof expirationSeconds !== "number" || !(expirationSeconds > 0))
    throw new Error("the answer of the API server has no lifetime of the token");
  return { token, lifetimeMs: expirationSeconds * 1000 };
}

function refused(error: unknown, namespace: string): Problem {
  const message = `there is no token of the ServiceAccount ${namespace}/${DELEGATES_ACCOUNT} for delegates: ${reason(error)}`;
  const remedy = remedyFor(error instanceof KubernetesError ? error.status : 0, namespace);
  return problem("ASM_DELEGATE_TOKEN", message, remedy === undefined ? {} : { remedy });
}

/** The exact remedy, for an answer of the API server that has one. */
function remedyFor(status: number, namespace: string): string | undefined {
  const where = "in Permissions of `docs/how-to/neighbours.md`";
  if (status === 404)
    return `Run \`kubectl -n ${namespace} create serviceaccount ${DELEGATES_ACCOUNT}\`, and give it the rights ${where}.`;
  if (status === 403)
    return `Allow the adapter's ServiceAccount \`create\` of \`serviceaccounts/token\` with the resourceName \`${DELEGATES_ACCOUNT}\` in the namespace \`${namespace}\`, with the Role ${where}.`;
  return undefined;
}
