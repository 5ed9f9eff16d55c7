import type { ServerRef } from "hpa-metrics";

/** A server's name as anybody may see it: of a URL only the host, since its user, path and parameters may be secrets. */
export function serverName(server: ServerRef): string {
  if (server.kind === "default") return "default";
  if (server.kind === "alias") return `alias ${server.alias}`;
  return URL.canParse(server.url) ? new URL(server.url).host : "a URL that cannot be read";
}

/** A text without what may be a secret in a URL: everything of it but scheme and host. */
export function withoutSecrets(text: string): string {
  return text.replace(/\b(https?:\/\/)([^\s"'`<>]+)/gi, (whole, scheme: string, rest: string) => {
    const [authority = "", ...path] = rest.split(/(?=[/?#])/);
    const host = authority.slice(authority.lastIndexOf("@") + 1);
    return path.length === 0 && host === authority ? whole : `${scheme}${host}${path.length > 0 ? "/…" : ""}`;
  });
}
