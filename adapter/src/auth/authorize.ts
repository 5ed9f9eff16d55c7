import type { Kubernetes } from "../kubernetes/client.ts";
import type { Attributes } from "../kubernetes/requestAttributes.ts";
import { type Identity, isHpaController, MASTERS_GROUP } from "../kubernetes/userInfo.ts";
import { accessKey, askAgain, createReviewCache, type Lifetime } from "./reviewCache.ts";
import { type AccessQuestion, accessQuestion, readVerdict, type Verdict, wideQuestion } from "./subjectAccessReview.ts";

export type { Verdict } from "./subjectAccessReview.ts";

/** Says at once, where it knows, whether a user may; else when the API server has said it. Rejects when that cannot be asked. */
export type Authorize = (identity: Identity, attributes: Attributes) => Verdict | Promise<Verdict>;

// apiserver/pkg/server/options/authorization.go
const ALLOWED_MS = 10_000;
const DENIED_MS = 10_000;
/**
 * The HPA controller's permission is kept in use for a minute while it is asked again, so that a slow API server holds none of
 * the controller's five workers; the API server has checked that permission itself before it forwarded the request.
 */
const STALE_MS = 60_000;
const CAPACITY = 4096;
/** Questions that may be open at a time, of one user and of all who have been allowed nothing lately. */
const LIMITS = { total: 64, perSource: 16 } as const;
const CONTROLLER_LIMITS = { total: 64, perSource: 64 } as const;
const ALLOWED: Verdict = { allowed: true };

/**
 * Asks the API server what a user may, by SubjectAccessReview. `system:masters` may everything. For the HPA controller one
 * question stands for all metrics, and where the answer is no, each metric is asked about; for others it is always the
 * latter. Verdicts are kept for ten seconds, errors never. Rejects with `TooManyReviews` while too many questions are open.
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
    if (!isHpaController(identity) || !attributes.resourceRequest || attributes.verb !== "list") return narrow();
    const wide = ask(wideQuestion(identity, attributes.group, attributes.version));
    if (!(wide instanceof Promise)) return wide.allowed ? wide : narrow();
    return wide.then((verdict) => (verdict.allowed ? verdict : narrow()));
  };
}

async function review(kubernetes: Pick<Kubernetes, "call">, spec: AccessQuestion): Promise<Verdict> {
  const body = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec };
  return readVerdict(
    await askAgain(() => kubernetes.call("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", { body })),
  );
}
