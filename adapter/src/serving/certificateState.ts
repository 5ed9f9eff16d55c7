import { X509Certificate } from "node:crypto";
import type { KeyedCertificate } from "./certificateAuthority.ts";
import { certificatesOf, expiryOf, fromBase64, toBase64 } from "./pem.ts";
import {
  authorityProblem,
  isDueForRenewal,
  makeServingAuthority,
  makeServingPair,
  type ServingPair,
  type ServingService,
  servingProblem,
} from "./servingCertificate.ts";

/** The certificate state in the shared Secret: the served pair, the next authority and the previous authorities. */
export interface KeptPair extends ServingPair {
  /** The next authority. It is published in `caBundle` and signs nothing until it has been there for long enough. */
  readonly next?: KeyedCertificate;
  /** PEM certificates of earlier authorities that are not expired. A replica may still serve a certificate from one. */
  readonly previous: readonly string[];
}

/** The next certificate state, and what is new in it. `made` is "nothing" when the stored state does not change. */
export interface PairPlan {
  readonly pair: KeptPair;
  readonly made: "nothing" | "certificate" | "next authority" | "authority";
  /** Why the stored certificate or authority is replaced. */
  readonly reason?: string;
}

const KEYS = {
  authorityCert: "ca.crt",
  authorityKey: "ca.key",
  cert: "tls.crt",
  key: "tls.key",
  nextCert: "ca-next.crt",
  nextKey: "ca-next.key",
  previous: "ca-previous.crt",
} as const;

/** All authorities (PEM) that the API server must trust. They are the `caBundle` of the APIService. */
export function trustedAuthorities({ authority, next, previous }: KeptPair): string[] {
  return certificatesOf([authority.cert, next?.cert ?? "", ...previous].join("\n"));
}

/**
 * Encodes the state as the data of a Secret (base64): `ca.crt`, `ca.key`, `tls.crt`, `tls.key`, `ca-next.*` and
 * `ca-previous.crt`. The last two are empty when there is no such authority.
 */
export function encodePair({ authority, serving, next, previous }: KeptPair): Record<string, string> {
  return {
    [KEYS.authorityCert]: toBase64(authority.cert),
    [KEYS.authorityKey]: toBase64(authority.key),
    [KEYS.cert]: toBase64(serving.cert),
    [KEYS.key]: toBase64(serving.key),
    [KEYS.nextCert]: toBase64(next?.cert ?? ""),
    [KEYS.nextKey]: toBase64(next?.key ?? ""),
    [KEYS.previous]: toBase64(previous.join("")),
  };
}

/**
 * Plans the next certificate state from the data of the Secret (base64) at `now` (Unix ms).
 * - A valid stored pair stays.
 * - A new serving certificate is made when a third of the old one's lifetime is left.
 * - A next authority is made when a third of the current authority's lifetime is left.
 * - The next authority replaces the current one when `isPublished` returns true, or when the current one is not usable.
 *
 * A replaced authority stays trusted until it expires.
 */
export async function planPair(
  data: Readonly<Record<string, string>>,
  service: ServingService,
  now: number,
  isPublished: (authorityPem: string) => boolean,
): Promise<PairPlan> {
  const decode = (key: string) => fromBase64(data[key]);
  const stored = { cert: decode(KEYS.authorityCert), key: decode(KEYS.authorityKey) };
  const storedNext = { cert: decode(KEYS.nextCert), key: decode(KEYS.nextKey) };
  const isTrusted = (pem: string) => new X509Certificate(pem).ca && now < expiryOf(pem);
  const previous = certificatesOf(decode(KEYS.previous)).filter(isTrusted);

  const waiting = authorityProblem(storedNext, now) === undefined ? storedNext : undefined;
  const problem = authorityProblem(stored, now);
  if (problem !== undefined || (waiting && isPublished(waiting.cert))) {
    const { authority, serving } = await makeServingPair(service, now, waiting);
    const before = certificatesOf(stored.cert).filter(isTrusted);
    const pair = { authority, serving, previous: [...before, ...previous] };
    return { pair, made: "authority", reason: problem ?? "the next authority has been published" };
  }

  const next = waiting ?? (isDueForRenewal(stored.cert, now) ? await makeServingAuthority(now) : undefined);
  const serving = { cert: decode(KEYS.cert), key: decode(KEYS.key) };
  const reason = servingProblem(serving, stored, service, now);
  const pair = {
    ...(reason ? await makeServingPair(service, now, stored) : { authority: stored, serving }),
    ...(next ? { next } : {}),
    previous,
  };
  if (reason) return { pair, made: "certificate", reason };
  return { pair, made: next === waiting ? "nothing" : "next authority" };
}
