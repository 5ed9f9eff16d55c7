import type { X509Certificate } from "node:crypto";
import { TLSSocket } from "node:tls";
import { tlsOf } from "../serving/pacedSocket.ts";
import { commonName } from "./clientCertificate.ts";
import { type ChainVerdict, MAX_CHAIN, verifyClientChain } from "./clientChain.ts";

/** How long a refused certificate is not looked at again on the same connection. */
const REFUSAL_MS = 10_000;
const CAPACITY = 256;

/** Judges the certificate of a connection against one set of authorities. */
export type CertificateVerdicts = (peer: Peer, authorities: readonly X509Certificate[], now: number) => ChainVerdict;

/**
 * Verified chains, remembered until their first certificate expires or the authorities are another list. A good leaf is
 * known by its fingerprint on every connection (its key was proven in the handshake); a bad one on its own connection only,
 * since another may bring the intermediates that this one lacked.
 */
export function createCertificateVerdicts(): CertificateVerdicts {
  let generation: readonly X509Certificate[] | undefined;
  let good = new Map<string, number>();
  let bad = new WeakMap<TLSSocket, { readonly until: number; readonly verdict: ChainVerdict }>();

  return ({ socket, certificate, sent }, authorities, now) => {
    if (generation !== authorities) {
      generation = authorities;
      good = new Map();
      bad = new WeakMap();
    }
    const fingerprint = certificate.fingerprint256;
    const notAfter = good.get(fingerprint);
    if (notAfter !== undefined && now <= notAfter) return { ok: true, notAfter };
    const refused = bad.get(socket);
    if (refused && now < refused.until) return refused.verdict;

    const verdict = verifyClientChain(sent, authorities, now);
    if (verdict.ok) {
      if (good.size >= CAPACITY) good.clear();
      good.set(fingerprint, verdict.notAfter);
    } else bad.set(socket, { until: now + REFUSAL_MS, verdict });
    return verdict;
  };
}

/** The client's certificate on a connection, read once for it; not believed yet. */
export interface Peer {
  readonly socket: TLSSocket;
  readonly certificate: X509Certificate;
  /** The certificate and those sent along with it, in the order sent: one more than a chain may have at most. */
  readonly sent: readonly X509Certificate[];
  /** Read when it is asked for, which is when the certificate was found good. */
  readonly commonName: string;
}

const peers = new WeakMap<TLSSocket, Peer>();

/** `undefined` where the client sent no certificate. */
export function peerOf(connection: unknown): Peer | undefined {
  const socket = tlsOf(connection);
  if (!(socket instanceof TLSSocket)) return undefined;
  const known = peers.get(socket);
  if (known) return known;
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return undefined;
  let name: string | undefined;
  const peer: Peer = {
    ...{ socket, certificate, sent: sentBy(certificate) },
    get commonName() {
      name ??= commonName(certificate);
      return name;
    },
  };
  peers.set(socket, peer);
  return peer;
}

function sentBy(leaf: X509Certificate): readonly X509Certificate[] {
  const sent = [leaf];
  for (let next = leaf.issuerCertificate; next && sent.length <= MAX_CHAIN; next = next.issuerCertificate)
    sent.push(next);
  return sent;
}
