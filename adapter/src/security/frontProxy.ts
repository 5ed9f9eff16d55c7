import type { X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { verifyClientChain } from "./clientChain.ts";
import type { FrontProxyConfig } from "./frontProxyConfig.ts";
import { ANONYMOUS, type Identity, type Refusal, withAuthenticatedGroup } from "./identity.ts";
import { readRemoteUser } from "./remoteUser.ts";

/** How long a refused certificate is not looked at again on the same connection. */
const REFUSAL_MS = 10_000;

interface Verdict {
  readonly config: FrontProxyConfig;
  /** Unix ms. */
  readonly until: number;
  /** Why the certificate is not the front proxy's; absent when it is. */
  readonly reason?: string;
}

/**
 * Believes the user that the front proxy names, and no one else: the client certificate must chain to the front proxy's
 * own authority (never to the cluster's client CA, never by `socket.authorized`) and bear an allowed name.
 * The configuration is looked up at each request, so a change counts on open connections too; a verdict is kept per
 * connection until the configuration is another object or a certificate of the chain expires.
 */
export function frontProxyVerifier(
  getConfig: () => FrontProxyConfig | undefined,
): (request: IncomingMessage) => Identity | Refusal {
  const verdicts = new WeakMap<TLSSocket, Verdict>();

  return (request) => {
    const { socket } = request;
    const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
    if (!(socket instanceof TLSSocket) || !certificate) {
      return { refused: "anonymous", reason: "the client sent no certificate" };
    }
    const config = getConfig();
    if (!config) return { refused: "unauthorized", reason: "the front proxy's authority is not known yet" };

    const now = Date.now();
    const known = verdicts.get(socket);
    const verdict = known?.config === config && now <= known.until ? known : judge(certificate, config, now);
    verdicts.set(socket, verdict);
    if (verdict.reason !== undefined) return { refused: "unauthorized", reason: verdict.reason };

    return identityOf(readRemoteUser(request.rawHeaders, config));
  };
}

function judge(certificate: X509Certificate, config: FrontProxyConfig, now: number): Verdict {
  const chain = verifyClientChain(certificate, config.authorities, now);
  if (!chain.ok) return { config, until: now + REFUSAL_MS, reason: chain.reason };
  const name = commonName(certificate);
  if (config.allowedNames.length > 0 && !config.allowedNames.includes(name)) {
    const reason = `client certificate with common name ${JSON.stringify(name)} is not an allowed front proxy`;
    return { config, until: now + REFUSAL_MS, reason };
  }
  return { config, until: chain.notAfter };
}

/** The certificate's common name, the last one as Go has it; never cut from the subject's text, which can be forged. */
function commonName(certificate: X509Certificate): string {
  const found: unknown = certificate.toLegacyObject().subject.CN;
  const name: unknown = Array.isArray(found) ? found.at(-1) : found;
  return typeof name === "string" ? name : "";
}

function identityOf(remote: Identity | undefined): Identity | Refusal {
  if (!remote) return { refused: "unauthorized", reason: "the front proxy named no user" };
  if (remote.user === ANONYMOUS)
    return { refused: "anonymous", reason: "the front proxy speaks for an anonymous user" };
  return { ...remote, groups: withAuthenticatedGroup(remote.groups) };
}
