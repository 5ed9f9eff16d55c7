import { createHash, type X509Certificate } from "node:crypto";
import { TLSSocket } from "node:tls";
import { type Identity, withAuthenticatedGroup } from "../kubernetes/userInfo.ts";
import { tlsOf } from "../serving/pacedSocket.ts";
import { type ChainVerdict, MAX_CHAIN, verifyClientChain } from "./certificateChain.ts";

/** The subject attribute with the user's UID (apiserver/pkg/authentication/request/x509, Kubernetes 1.33 and later). */
const UID_ATTRIBUTE = "1.3.6.1.4.1.57683.2";
const CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";

/**
 * The user of a client certificate from the cluster's own authority. The common name is the user name, and each
 * organization is a group. `undefined` when the certificate names no user. As in Kubernetes, also `undefined` when it
 * has several UIDs or an empty UID.
 */
export function certificateUser(certificate: X509Certificate): Identity | undefined {
  const subject = certificate.toLegacyObject().subject as Readonly<Record<string, unknown>>;
  const user = texts(subject["CN"]).at(-1) ?? "";
  const uids = texts(subject[UID_ATTRIBUTE]);
  if (user === "" || uids.length > 1 || uids[0] === "") return undefined;
  const hash = createHash("sha256").update(certificate.raw).digest("hex");
  return {
    user,
    uid: uids[0] ?? "",
    groups: withAuthenticatedGroup(texts(subject["O"])),
    extra: new Map([[CREDENTIAL_ID, [`X509SHA256=${hash}`]]]),
  };
}

/**
 * The last common name of the certificate, as in Go.
 * It is not parsed from the subject's text, because that text can be forged.
 */
function commonName(certificate: X509Certificate): string {
  return texts((certificate.toLegacyObject().subject as Readonly<Record<string, unknown>>)["CN"]).at(-1) ?? "";
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === "string");
}

/** How long a refusal is cached for the same connection, in milliseconds. */
const REFUSAL_MS = 10_000;
const CAPACITY = 256;

/** Verifies the client certificate of a connection against one set of authorities. `now` is Unix ms. */
export type CertificateVerdicts = (peer: Peer, authorities: readonly X509Certificate[], now: number) => ChainVerdict;

/**
 * Creates a cache of verdicts. A new list of authorities clears it.
 * - A valid leaf is cached by its fingerprint for all connections, because the TLS handshake proves its key.
 *   It is cached until the first certificate of its chain expires.
 * - A refused leaf is cached for its own connection only. Another connection may send the missing intermediates.
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

/** The client certificate of a connection. It is read once per connection and is not verified yet. */
export interface Peer {
  readonly socket: TLSSocket;
  readonly certificate: X509Certificate;
  /** The certificate and the others that the client sent, in that order. At most one more than a chain may have. */
  readonly sent: readonly X509Certificate[];
  /** Common name of the certificate. Read on first use, after the certificate is verified. */
  readonly commonName: string;
}

const peers = new WeakMap<TLSSocket, Peer>();

/** Reads the client certificate of a connection. `undefined` when the client sent no certificate. */
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
