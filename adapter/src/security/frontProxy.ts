import type { IncomingMessage } from "node:http";
import { briefly } from "./briefly.ts";
import { createCertificateVerdicts, type Peer } from "./clientCertificateVerdicts.ts";
import type { FrontProxyConfig } from "./frontProxyConfig.ts";
import { type Identity, withAuthenticatedGroup } from "./identity.ts";
import { readRemoteUser } from "./remoteUser.ts";

/** Whether the client of a connection is the front proxy, whoever it speaks for. */
export function createFrontProxyCheck(): (peer: Peer, config: FrontProxyConfig) => boolean {
  const verdicts = createCertificateVerdicts();
  return (peer, { authorities, allowedNames }) =>
    verdicts(peer, authorities, Date.now()).ok && (allowedNames.length === 0 || allowedNames.includes(peer.commonName));
}

/** Whom the front proxy speaks for; or why it is not the front proxy; or that it speaks for nobody. */
export type FrontProxyVerdict = Identity | { readonly reason: string } | undefined;

/**
 * Believes the user that the front proxy names, and no one else: the client certificate must chain to the front proxy's
 * own authority (never to the cluster's client CA, never by `socket.authorized`) and bear an allowed name.
 */
export function createFrontProxy(): (
  request: IncomingMessage,
  peer: Peer,
  config: FrontProxyConfig,
) => FrontProxyVerdict {
  const verdicts = createCertificateVerdicts();

  return ({ rawHeaders }, peer, config) => {
    const chain = verdicts(peer, config.authorities, Date.now());
    if (!chain.ok) return { reason: chain.reason };
    const { allowedNames } = config;
    if (allowedNames.length > 0 && !allowedNames.includes(peer.commonName)) {
      const name = briefly(peer.commonName);
      return { reason: `client certificate with common name ${name} is not an allowed front proxy` };
    }
    const remote = readRemoteUser(rawHeaders, config);
    return remote && { ...remote, groups: withAuthenticatedGroup(remote.groups) };
  };
}
