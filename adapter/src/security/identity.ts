/** Who asks, as Kubernetes's `user.Info`. */
export interface Identity {
  readonly user: string;
  /** Empty when the user has none. */
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

/** Why a request has no identity: credentials that are wrong (401), or none (403 as `system:anonymous`). */
export interface Refusal {
  readonly refused: "unauthorized" | "anonymous";
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
