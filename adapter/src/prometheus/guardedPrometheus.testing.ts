import { X509Certificate } from "node:crypto";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { TLSSocket } from "node:tls";
import { issueCertificate, type KeyedCertificate, makeAuthority } from "../serving/certificateAuthority.ts";

const ANSWER = JSON.stringify({ status: "success", data: { resultType: "scalar", result: [1, "5"] } });
const DAY = 86_400_000;

/** What the server requires of a request. Each property that is set must match. */
export interface Guard {
  /** The whole `Authorization` header. */
  authorization?: string;
  tenant?: string;
  /** PEM of the only client certificate that the server accepts. */
  client?: string;
}

/** A stand-in for Prometheus behind TLS. It answers only requests that match its guard. */
export interface GuardedPrometheus {
  readonly url: string;
  readonly authority: KeyedCertificate;
  guard: Guard;
  /** Number of rejected requests. */
  refusals: number;
  /** Replaces the server certificate with one of another authority. */
  serveBy(authority: KeyedCertificate): Promise<void>;
  close(): void;
}

const validity = () => ({ notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + DAY) });

/** Creates a certificate authority for a test. */
export const testAuthority = (name: string) => makeAuthority(name, validity());

/** Creates a client certificate for a test. */
export async function clientCertificate(name: string): Promise<KeyedCertificate> {
  return issueCertificate(await testAuthority(`${name}-ca`), { commonName: name, usages: ["client"], ...validity() });
}

export async function startGuardedPrometheus(): Promise<GuardedPrometheus> {
  const authority = await testAuthority("first");
  const pairBy = (by: KeyedCertificate) =>
    issueCertificate(by, { commonName: "localhost", hosts: ["localhost"], usages: ["server"], ...validity() });
  const options = { requestCert: true, rejectUnauthorized: false };
  const server = createServer({ ...options, ...(await pairBy(authority)) }, (request, response) => {
    const { authorization, "x-scope-orgid": tenant } = request.headers;
    const peer = request.socket instanceof TLSSocket ? request.socket.getPeerX509Certificate() : undefined;
    const { guard } = guarded;
    const passes =
      (guard.authorization === undefined || guard.authorization === authorization) &&
      (guard.tenant === undefined || guard.tenant === tenant) &&
      (guard.client === undefined || new X509Certificate(guard.client).fingerprint256 === peer?.fingerprint256);
    if (!passes) guarded.refusals += 1;
    request.resume().on("end", () => response.writeHead(passes ? 200 : 401).end(passes ? ANSWER : "no"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const guarded: GuardedPrometheus = {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    authority,
    guard: {},
    refusals: 0,
    async serveBy(by) {
      server.setSecureContext({ ...options, ...(await pairBy(by)) });
      server.closeIdleConnections();
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return guarded;
}
