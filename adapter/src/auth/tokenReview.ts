import { createHmac, randomBytes } from "node:crypto";
import { record } from "@asm-autoscaler/hpa-metrics";
import type { Kubernetes } from "../kubernetes/client.ts";
import { type Identity, withAuthenticatedGroup } from "../kubernetes/userInfo.ts";
import { askAgain, createReviewCache } from "./reviewCache.ts";

/** The result of a TokenReview: the token's user, or none. `doubtful` means that the review reported an error. */
type TokenVerdict = { readonly identity: Identity } | { readonly identity?: undefined; readonly doubtful?: boolean };

/** Reviews a token. `source` is where the token comes from: a client address or a front proxy. */
export type ReviewToken = (token: string, source: string) => TokenVerdict | Promise<TokenVerdict>;

/** Cache time of valid and invalid tokens, in milliseconds (apiserver/pkg/server/options/authentication.go). */
const TTL_MS = 10_000;
/**
 * Cache time of a review with an error, in milliseconds. The error can be transient, for example when the API server
 * cannot reach an issuer. Kubernetes does not cache such a result.
 */
const DOUBTFUL_MS = 1000;
const CAPACITY = 2048;
/** Concurrent reviews. The limits prevent invalid tokens from overloading the API server or blocking valid tokens. */
const LIMITS = { total: 32, perSource: 8 } as const;

/**
 * Creates the reviewer of bearer tokens, which sends a TokenReview to the API server. Results are cached for ten
 * seconds under a keyed hash, so that no token stays in memory. Failed requests are not cached.
 * Tokens that were valid in the last ten minutes are always reviewed. For other tokens, at most eight reviews run at a
 * time per source, and 32 for all sources without a recent valid token.
 * Rejects when the request fails, when the response contradicts itself, and with `TooManyReviews`. Then it is unknown
 * whether the token is valid.
 */
export function createTokenReviewer(
  kubernetes: Pick<Kubernetes, "call">,
  now: () => number = () => performance.now(),
): ReviewToken {
  const secret = randomBytes(32);
  const ask = createReviewCache<TokenVerdict>({ capacity: CAPACITY, now, ...LIMITS }, (verdict) =>
    verdict.identity ? { freshMs: TTL_MS } : { freshMs: verdict.doubtful ? DOUBTFUL_MS : TTL_MS, refused: true },
  );
  return (token, source) =>
    ask(createHmac("sha256", secret).update(token).digest("base64"), source, () => review(kubernetes, token));
}

async function review(kubernetes: Pick<Kubernetes, "call">, token: string): Promise<TokenVerdict> {
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } };
  const answer = await askAgain(() => kubernetes.call("POST", "/apis/authentication.k8s.io/v1/tokenreviews", { body }));
  const { authenticated, error, user } = record(record(answer)["status"]);
  const isError = typeof error === "string" && error !== "";
  // Like the API server's own webhook: an error does not make an unauthenticated token valid.
  if (authenticated !== true) return isError ? { doubtful: true } : {};
  if (isError) throw new Error("the API server finds an error in a token that it calls good");
  const { username, uid, groups, extra } = record(user);
  return {
    identity: {
      user: typeof username === "string" ? username : "",
      uid: typeof uid === "string" ? uid : "",
      groups: withAuthenticatedGroup(strings(groups)),
      extra: new Map(Object.entries(record(extra)).map(([key, values]) => [key, strings(values)])),
    },
  };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
