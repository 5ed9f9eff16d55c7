/** Who asks, as Kubernetes's `user.Info`. */
export interface Identity {
  readonly user: string;
  /** Empty when the user has none. */
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

/**
 * Why a request has no identity: credentials that are wrong (401), none (403 as `system:anonymous`), some that cannot
 * be judged before the cluster's authorities are known (503), or a token that could not be reviewed (503).
 */
export interface Refusal {
  readonly refused: "unauthorized" | "anonymous" | "starting" | "unreviewed";
  /** One sentence for our log; a client never sees it. */
  readonly reason: string;
}

export const ANONYMOUS = "system:anonymous";
const AUTHENTICATED_GROUP = "system:authenticated";
const UNAUTHENTICATED_GROUP = "system:unauthenticated";

/**
 * The groups of a user whose credentials were found good: `system:authenticated` is added as the API server does
 * (apiserver/pkg/authentication/group/authenticated_group_adder.go). The aggregator's own readers send no group.
 */
export function withAuthenticatedGroup(groups: readonly string[]): readonly string[] {
  const known = groups.includes(AUTHENTICATED_GROUP) || groups.includes(UNAUTHENTICATED_GROUP);
  return known ? groups : [...groups, AUTHENTICATED_GROUP];
}

/** Its members may do everything, without a question. */
export const MASTERS_GROUP = "system:masters";

const HPA_CONTROLLERS: ReadonlySet<string> = new Set([
  "system:serviceaccount:kube-system:horizontal-pod-autoscaler",
  // Without --use-service-account-credentials all controllers share one name.
  "system:kube-controller-manager",
]);

/** Whether this is the one reader that the adapter is there for. */
export function isHpaController({ user }: Identity): boolean {
  return HPA_CONTROLLERS.has(user);
}
