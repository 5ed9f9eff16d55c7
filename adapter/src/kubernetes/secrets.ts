import type { ServerRef } from "@asm-autoscaler/hpa-metrics";

/** The public name of a server. For a URL it is only the host, because the user, path and query may contain secrets. */
export function serverName(server: ServerRef): string {
  if (server.kind === "default") return "default";
  if (server.kind === "alias") return `alias ${server.alias}`;
  return URL.canParse(server.url) ? new URL(server.url).host : "a URL that cannot be read";
}

/** Patterns of secrets: the value after `Bearer` or `Basic`, and the value of a field such as `password` or `token`. */
const CREDENTIAL = /\b(bearer|basic)( +)[\w.~+/=-]{8,}/gi;
const NAMED = /\b(password|passwd|token|api[-_]?key)(["']?[:=]["']?)[^\s"'&,;}]+/gi;

/**
 * Redacts what may be a secret: credentials, the values of fields that name a credential, and every part of a URL
 * except the scheme and the host. All text that leaves the adapter passes through it: log lines, events, API responses
 * and the status page. The error texts of Prometheus, proxies and Kubernetes can contain such secrets.
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
