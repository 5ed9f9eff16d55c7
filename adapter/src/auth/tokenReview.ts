import { createHmac, randomBytes } from "node:crypto";
import type { Kubernetes } from "../kubernetes/client.ts";
import { record } from "../kubernetes/listWatch.ts";
import { type Identity, withAuthenticatedGroup } from "../kubernetes/userInfo.ts";
import { askAgain, createReviewCache } from "./reviewCache.ts";

/** What the API server says of a token: whose it is, or that it is nobody's; `doubtful` where it found an error in it. */
type TokenVerdict = { readonly identity: Identity } | { readonly identity?: undefined; readonly doubtful?: boolean };

/** Asks whose a token is. `source` says where it came from: an address, or which front proxy. */
export type ReviewToken = (token: string, source: string) => TokenVerdict | Promise<TokenVerdict>;

/** Good and bad tokens alike are asked about again after this time (apiserver/pkg/server/options/authentication.go). */
const TTL_MS = 10_000;
/** An error may pass, as where the API server cannot reach an issuer. Kubernetes keeps no such answer. */
const DOUBTFUL_MS = 1000;
const CAPACITY = 2048;
/** Reviews under way, so that made-up tokens neither keep the API server busy nor take the place of good ones. */
const LIMITS = { total: 32, perSource: 8 } as const;

/**
 * Asks the API server whose a bearer token is. Answers are kept for ten seconds under a keyed hash, so that no token stays
 * in memory; an error is not kept. Tokens that were good in the last ten minutes are always reviewed; for others there are eight
 * reviews at a time for each source and 32 for all sources that have brought no good one.
 * Rejects when the API server cannot be asked or contradicts itself, and with `TooManyReviews`: the token is neither good nor bad.
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
  // As the API server's own webhook reads it: an error does not make a bad token a better one.
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
