import type { IncomingMessage } from "node:http";
import { type Identity, withAuthenticatedGroup } from "../kubernetes/userInfo.ts";
import { createCertificateVerdicts, type Peer } from "./clientCertificate.ts";
import type { FrontProxyConfig } from "./frontProxyConfig.ts";
import { briefly } from "./subjectNames.ts";

/** Creates a check of whether the client of a connection is the front proxy. It does not read the user. */
export function createFrontProxyCheck(): (peer: Peer, config: FrontProxyConfig) => boolean {
  const verdicts = createCertificateVerdicts();
  return (peer, config) => refusalOf(peer, config, verdicts) === undefined;
}

/** Why the client of a connection is not the front proxy. `undefined` when it is. */
function refusalOf(
  peer: Peer,
  { authorities, allowedNames }: FrontProxyConfig,
  verdicts: ReturnType<typeof createCertificateVerdicts>,
): string | undefined {
  const chain = verdicts(peer, authorities, Date.now());
  if (!chain.ok) return chain.reason;
  if (allowedNames.length === 0 || allowedNames.includes(peer.commonName)) return undefined;
  return `client certificate with common name ${briefly(peer.commonName)} is not an allowed front proxy`;
}

/** The user that the front proxy names, or why the client is not the front proxy. `undefined` when it names no user. */
export type FrontProxyVerdict = Identity | { readonly reason: string } | undefined;

/**
 * Creates the front proxy authenticator. It accepts the user in the headers only from the front proxy: the client
 * certificate must chain to the front proxy's own authority and have an allowed common name. Neither the cluster's
 * client CA nor `socket.authorized` is sufficient.
 */
export function createFrontProxy(): (
  request: IncomingMessage,
  peer: Peer,
  config: FrontProxyConfig,
) => FrontProxyVerdict {
  const verdicts = createCertificateVerdicts();

  return ({ rawHeaders }, peer, config) => {
    const reason = refusalOf(peer, config, verdicts);
    if (reason !== undefined) return { reason };
    const remote = readRemoteUser(rawHeaders, config);
    return remote && { ...remote, groups: withAuthenticatedGroup(remote.groups) };
  };
}

/**
 * Reads the user from the raw headers (name, value, name, value, …). Values are not joined or split, because a group
 * name may contain commas. It uses the first username header with a value, all group headers, and all headers with an
 * extra prefix. `undefined` when there is no user. `system:authenticated` is not added here.
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
  /** Header name in lower case. */
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

/** Decodes a header value as UTF-8, which Kubernetes sends. Node decodes header bytes as Latin-1. */
function utf8(value: string): string {
  return Buffer.from(value, "latin1").toString("utf8");
}

function valuesOf(headers: readonly Header[], name: string): string[] {
  return headers.filter((header) => header.name === name).map((header) => header.value);
}

/**
 * The first non-empty result of Go's `Header.Get` for the names in order.
 * Only the first value of each header is used, even when it is empty and a second one is not.
 */
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

/** Percent-decodes a key. A key that is not valid percent-encoded text stays unchanged. */
function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
