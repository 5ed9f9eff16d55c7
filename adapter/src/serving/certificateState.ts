import { X509Certificate } from "node:crypto";
import type { KeyedCertificate } from "./certificateAuthority.ts";
import { certificatesOf, expiryOf } from "./pem.ts";
import {
  authorityFault,
  isDueForRenewal,
  makeServingAuthority,
  makeServingPair,
  type ServingPair,
  type ServingService,
  servingFault,
} from "./servingCertificate.ts";

/** What all replicas keep in one Secret: the pair that is served, and the authorities before and after its own. */
export interface KeptPair extends ServingPair {
  /** Published in `caBundle`, and signs nothing until that has been seen for some time. */
  readonly next?: KeyedCertificate;
  /** PEM certificates of earlier authorities that are still valid: some replica may serve a certificate of theirs. */
  readonly previous: readonly string[];
}

/** What to keep from now on, and what was made for it; `made` "nothing" means that what is stored stays. */
export interface PairPlan {
  readonly pair: KeptPair;
  readonly made: "nothing" | "certificate" | "next authority" | "authority";
  /** Why what was stored could not be served any longer. */
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

/** Every authority that the API server must trust, PEM: `caBundle` of the APIService. */
export function trustedAuthorities({ authority, next, previous }: KeptPair): string[] {
  return certificatesOf([authority.cert, next?.cert ?? "", ...previous].join("\n"));
}

/** The pair as the data of a Secret, base64: `ca.crt`, `ca.key`, `tls.crt`, `tls.key`, and `ca-next.*` and `ca-previous.crt`, empty where there is none. */
export function encodePair({ authority, serving, next, previous }: KeptPair): Record<string, string> {
  const encode = (text: string) => Buffer.from(text).toString("base64");
  return {
    [KEYS.authorityCert]: encode(authority.cert),
    [KEYS.authorityKey]: encode(authority.key),
    [KEYS.cert]: encode(serving.cert),
    [KEYS.key]: encode(serving.key),
    [KEYS.nextCert]: encode(next?.cert ?? ""),
    [KEYS.nextKey]: encode(next?.key ?? ""),
    [KEYS.previous]: encode(previous.join("")),
  };
}

/**
 * What to keep of a Secret's data (base64) at `now` (Unix ms): the stored pair while it is good; a new serving
 * certificate when a third of its life is left; a next authority when a third of the authority's is; and the next in the
 * authority's place once `isPublished` says that the API server has trusted it for long enough, or when there is no
 * choice. An authority that gave way stays trusted until it expires.
 */
export async function planPair(
  data: Readonly<Record<string, string>>,
  service: ServingService,
  now: number,
  isPublished: (authorityPem: string) => boolean,
): Promise<PairPlan> {
  const decode = (key: string) => Buffer.from(data[key] ?? "", "base64").toString("utf8");
  const stored = { cert: decode(KEYS.authorityCert), key: decode(KEYS.authorityKey) };
  const storedNext = { cert: decode(KEYS.nextCert), key: decode(KEYS.nextKey) };
  const isTrusted = (pem: string) => new X509Certificate(pem).ca && now < expiryOf(pem);
  const previous = certificatesOf(decode(KEYS.previous)).filter(isTrusted);

  const waiting = authorityFault(storedNext, now) === undefined ? storedNext : undefined;
  const fault = authorityFault(stored, now);
  if (fault !== undefined || (waiting && isPublished(waiting.cert))) {
    const { authority, serving } = await makeServingPair(service, now, waiting);
    const before = certificatesOf(stored.cert).filter(isTrusted);
    const pair = { authority, serving, previous: [...before, ...previous] };
    return { pair, made: "authority", reason: fault ?? "the next authority has been published" };
  }

  const next = waiting ?? (isDueForRenewal(stored.cert, now) ? await makeServingAuthority(now) : undefined);
  const serving = { cert: decode(KEYS.cert), key: decode(KEYS.key) };
  const reason = servingFault(serving, stored, service, now);
  const pair = {
    ...(reason ? await makeServingPair(service, now, stored) : { authority: stored, serving }),
    ...(next ? { next } : {}),
    previous,
  };
  if (reason) return { pair, made: "certificate", reason };
  return { pair, made: next === waiting ? "nothing" : "next authority" };
}
