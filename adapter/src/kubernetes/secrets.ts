import type { ServerRef } from "hpa-metrics";

/** A server's name as anybody may see it: of a URL only the host, since its user, path and parameters may be secrets. */
export function serverName(server: ServerRef): string {
  if (server.kind === "default") return "default";
  if (server.kind === "alias") return `alias ${server.alias}`;
  return URL.canParse(server.url) ? new URL(server.url).host : "a URL that cannot be read";
}

/** `Bearer` and `Basic` with what follows, and values of words that name a credential. */
const CREDENTIAL = /\b(bearer|basic)( +)[\w.~+/=-]{8,}/gi;
const NAMED = /\b(password|passwd|token|api[-_]?key)(["']?[:=]["']?)[^\s"'&,;}]+/gi;

/**
 * A text without what may be a secret: of a URL everything but scheme and host, credentials, and values of words that name one.
 * Everything passes it that leaves the adapter in words (log, events, answers of the API, status page), since Prometheus,
 * proxies and Kubernetes put such things into their own error texts.
 */
export function withoutSecrets(text: string): string {
  return withoutUrls(text).replace(CREDENTIAL, "$1$2…").replace(NAMED, "$1$2…");
}

function withoutUrls(text: string): string {
  return text.replace(/\b(https?:\/\/)([^\s"'`<>]+)/gi, (whole, scheme: string, rest: string) => {
    const [authority = "", ...path] = rest.split(/(?=[/?#])/);
    const host = authority.slice(authority.lastIndexOf("@") + 1);
    return path.length === 0 && host === authority ? whole : `${scheme}${host}${path.length > 0 ? "/…" : ""}`;
  });
}
