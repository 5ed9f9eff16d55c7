import { createHash, type X509Certificate } from "node:crypto";
import { TLSSocket } from "node:tls";
import { type Identity, withAuthenticatedGroup } from "../kubernetes/userInfo.ts";
import { tlsOf } from "../serving/pacedSocket.ts";
import { type ChainVerdict, MAX_CHAIN, verifyClientChain } from "./certificateChain.ts";

/** The attribute of a subject that holds the user's UID (apiserver/pkg/authentication/request/x509, 1.33 and up). */
const UID_ATTRIBUTE = "1.3.6.1.4.1.57683.2";
const CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";

/**
 * The user whom a client certificate of the cluster's own authority names: the common name, with each organization as a
 * group. `undefined` where it names none, and, as in Kubernetes, where it has several UIDs or an empty one.
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

/** The certificate's common name, the last one as Go has it; never cut from the subject's text, which can be forged. */
function commonName(certificate: X509Certificate): string {
  return texts((certificate.toLegacyObject().subject as Readonly<Record<string, unknown>>)["CN"]).at(-1) ?? "";
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === "string");
}

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
