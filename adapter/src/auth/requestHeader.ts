import type { IncomingMessage } from "node:http";
import { type Identity, withAuthenticatedGroup } from "../kubernetes/userInfo.ts";
import { createCertificateVerdicts, type Peer } from "./clientCertificate.ts";
import type { FrontProxyConfig } from "./frontProxyConfig.ts";
import { briefly } from "./subjectNames.ts";

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

/**
 * Reads the user from the raw headers (name, value, name, value, …), of which none is joined or cut: a group's name may
 * hold commas. The first value of the first username header counts, every group header, every header with the prefix.
 * `undefined` where there is no user. The groups that authentication adds are not there yet.
 * apiserver/pkg/authentication/request/headerrequest/requestheader.go
 */
function readRemoteUser(rawHeaders: readonly string[], config: FrontProxyConfig): Identity | undefined {
  const headers = pairs(rawHeaders);
  const user = firstValue(headers, config.usernameHeaders);
  if (user === "") return undefined;
  const groups = config.groupHeaders.flatMap((name) => valuesOf(headers, name)).filter((value) => value !== "");
  return {
    user,
    uid: firstValue(headers, config.uidHeaders),
    groups,
    extra: readExtra(headers, config.extraHeaderPrefixes),
  };
}

interface Header {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
}

function pairs(rawHeaders: readonly string[]): Header[] {
  const headers: Header[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = "", value = ""] = rawHeaders.slice(index, index + 2);
    headers.push({ name: name.toLowerCase(), value: utf8(value) });
  }
  return headers;
}

/** Node hands over header bytes as Latin-1; Kubernetes sends UTF-8. */
function utf8(value: string): string {
  return Buffer.from(value, "latin1").toString("utf8");
}

function valuesOf(headers: readonly Header[], name: string): string[] {
  return headers.filter((header) => header.name === name).map((header) => header.value);
}

/** Go's `Header.Get` for each name in turn: the first value of a header counts, even where a second is not empty. */
function firstValue(headers: readonly Header[], names: readonly string[]): string {
  for (const name of names) {
    const [value = ""] = valuesOf(headers, name);
    if (value !== "") return value;
  }
  return "";
}

function readExtra(headers: readonly Header[], prefixes: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const extra = new Map<string, string[]>();
  for (const prefix of prefixes) {
    for (const { name, value } of headers) {
      if (!name.startsWith(prefix)) continue;
      const key = unescapeKey(name.slice(prefix.length));
      const values = extra.get(key);
      if (values) values.push(value);
      else extra.set(key, [value]);
    }
  }
  return extra;
}

/** A key that is not percent-encoded text is kept as it stands. */
function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
