import type { Kubernetes } from "../kubernetes/client.ts";
import type { Attributes, ResourceAttributes } from "../kubernetes/requestAttributes.ts";
import { type Identity, isHpaController, MASTERS_GROUP } from "../kubernetes/userInfo.ts";
import { accessKey, askAgain, createReviewCache, type Lifetime } from "./reviewCache.ts";
import { type AccessQuestion, accessQuestion, readVerdict, type Verdict, wideQuestion } from "./subjectAccessReview.ts";

export type { Verdict } from "./subjectAccessReview.ts";

/**
 * Authorizes a request. Returns a cached verdict at once, or a promise of the API server's verdict.
 * The promise rejects when the review fails.
 */
export type Authorize = (identity: Identity, attributes: Attributes) => Verdict | Promise<Verdict>;

// apiserver/pkg/server/options/authorization.go
const ALLOWED_MS = 10_000;
const DENIED_MS = 10_000;
/**
 * How long a stale "allowed" verdict for the HPA controller is served while it is reviewed again, in milliseconds.
 * A slow API server then blocks none of the controller's five workers. This is safe, because the API server checks the
 * same permission before it forwards the request.
 */
const STALE_MS = 60_000;
const CAPACITY = 4096;
/** Concurrent reviews: per user, and in total for the users without a recent "allowed" verdict. */
const LIMITS = { total: 64, perSource: 16 } as const;
const CONTROLLER_LIMITS = { total: 64, perSource: 64 } as const;
const ALLOWED: Verdict = { allowed: true };

/**
 * Creates the authorizer, which sends a SubjectAccessReview to the API server. `system:masters` may do everything.
 * For the HPA controller, one review covers all metrics. If it denies access, each metric has its own review.
 * Other users always have one review per metric. Verdicts are cached for ten seconds. Errors are not cached.
 * Rejects with `TooManyReviews` when too many reviews are in flight.
 */
export function createAuthorizer(
  kubernetes: Pick<Kubernetes, "call">,
  now: () => number = () => performance.now(),
): Authorize {
  const controllerLifetime = ({ allowed }: Verdict): Lifetime =>
    allowed ? { freshMs: ALLOWED_MS, staleMs: STALE_MS } : { freshMs: DENIED_MS, refused: true };
  const options = { capacity: CAPACITY, now };
  const forController = createReviewCache<Verdict>({ ...options, ...CONTROLLER_LIMITS }, controllerLifetime);
  const forOthers = createReviewCache<Verdict>({ ...options, ...LIMITS }, ({ allowed }) => ({
    freshMs: allowed ? ALLOWED_MS : DENIED_MS,
    refused: !allowed,
  }));

  return (identity, attributes) => {
    if (identity.groups.includes(MASTERS_GROUP)) return ALLOWED;
    const cache = isHpaController(identity) ? forController : forOthers;
    const ask = (question: AccessQuestion) =>
      cache(accessKey(question), accessKey(identity.user), () => review(kubernetes, question));
    const narrow = () => ask(accessQuestion(identity, attributes));
    if (!isHpaController(identity) || !isRead(attributes)) return narrow();
    const wide = ask(wideQuestion(identity, attributes));
    if (!(wide instanceof Promise)) return wide.allowed ? wide : narrow();
    return wide.then((verdict) => (verdict.allowed ? verdict : narrow()));
  };
}

/** The controller lists an external metric, and gets a custom metric. */
function isRead(attributes: Attributes): attributes is ResourceAttributes {
  return attributes.resourceRequest && (attributes.verb === "list" || attributes.verb === "get");
}

async function review(kubernetes: Pick<Kubernetes, "call">, spec: AccessQuestion): Promise<Verdict> {
  const body = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec };
  return readVerdict(
    await askAgain(() => kubernetes.call("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", { body })),
  );
}
