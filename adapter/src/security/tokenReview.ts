import { createHmac, randomBytes } from "node:crypto";
import { record } from "../collection.ts";
import type { Kubernetes } from "../kubernetes.ts";
import { askAgain } from "./authorizationCall.ts";
import { type Identity, withAuthenticatedGroup } from "./identity.ts";
import { createReviewCache } from "./reviewCache.ts";

/** What the API server says of a token: whose it is, or that it is nobody's. */
export type TokenVerdict = { readonly identity: Identity } | { readonly identity?: undefined };

/** Good and bad tokens alike are asked about again after this time (apiserver/pkg/server/options/authentication.go). */
const TTL_MS = 10_000;
const CAPACITY = 2048;
/** So that made-up tokens cannot keep the API server busy; more at a time are refused. */
const MAX_OPEN = 32;

/**
 * Asks the API server whose a bearer token is. Answers are kept for ten seconds under a keyed hash, so that no token stays
 * in memory; an error is not kept. Rejects when the API server cannot be asked or finds an error in the token.
 */
export function createTokenReviewer(
  kubernetes: Pick<Kubernetes, "call">,
  now: () => number = () => performance.now(),
): (token: string) => TokenVerdict | Promise<TokenVerdict> {
  const secret = randomBytes(32);
  const ask = createReviewCache<TokenVerdict>({ capacity: CAPACITY, maxOpen: MAX_OPEN, now }, () => ({
    freshMs: TTL_MS,
  }));
  return (token) => ask(createHmac("sha256", secret).update(token).digest("base64"), () => review(kubernetes, token));
}

async function review(kubernetes: Pick<Kubernetes, "call">, token: string): Promise<TokenVerdict> {
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } };
  const answer = await askAgain(() => kubernetes.call("POST", "/apis/authentication.k8s.io/v1/tokenreviews", { body }));
  const { authenticated, error, user } = record(record(answer)["status"]);
  if (typeof error === "string" && error !== "") throw new Error("the API server finds an error in the token");
  if (authenticated !== true) return {};
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
