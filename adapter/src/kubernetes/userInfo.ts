/** The user of a request, like Kubernetes's `user.Info`. */
export interface Identity {
  readonly user: string;
  /** UID of the user. Empty when the user has none. */
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

/**
 * Why a request has no identity.
 * - `unauthorized` (401): the credentials are not valid.
 * - `anonymous` (403 as `system:anonymous`): there are no credentials.
 * - `starting` (503): the credentials cannot be verified until the cluster's certificate authorities are known.
 * - `unreviewed` (503): the TokenReview of the bearer token failed.
 */
export interface Refusal {
  readonly refused: "unauthorized" | "anonymous" | "starting" | "unreviewed";
  /** One sentence for the adapter's log. It is never sent to a client. */
  readonly reason: string;
}

export const ANONYMOUS = "system:anonymous";
const AUTHENTICATED_GROUP = "system:authenticated";
const UNAUTHENTICATED_GROUP = "system:unauthenticated";

/**
 * The groups of an authenticated user, with `system:authenticated` added as the API server does
 * (apiserver/pkg/authentication/group/authenticated_group_adder.go). The aggregator's own requests have no group.
 */
export function withAuthenticatedGroup(groups: readonly string[]): readonly string[] {
  const known = groups.includes(AUTHENTICATED_GROUP) || groups.includes(UNAUTHENTICATED_GROUP);
  return known ? groups : [...groups, AUTHENTICATED_GROUP];
}

/** Members of this group may do everything. No SubjectAccessReview is sent for them. */
export const MASTERS_GROUP = "system:masters";

const HPA_CONTROLLERS: ReadonlySet<string> = new Set([
  "system:serviceaccount:kube-system:horizontal-pod-autoscaler",
  // Without --use-service-account-credentials, all controllers share one user name.
  "system:kube-controller-manager",
]);

/** Whether the user is the HPA controller, the main client of the adapter. */
export function isHpaController({ user }: Identity): boolean {
  return HPA_CONTROLLERS.has(user);
}
