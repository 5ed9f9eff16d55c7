import type { ServerRef } from "@asm-autoscaler/hpa-metrics";
import { url } from "./flagValues.ts";

/** A server that HPAs reference by its alias. At most one of the files is set. */
export interface AdditionalServer {
  url: string;
  /** File with a bearer token. */
  tokenFile?: string;
  /** File with credentials, headers and TLS settings in the format of Prometheus's `http_config`. */
  httpConfigFile?: string;
  /** `server` if the server has a query dialect of its own. */
  dialect?: string;
}

/** Reports whether the server of an HPA has a query dialect of its own. */
export function hasOwnDialect(
  flags: {
    readonly prometheusHasOwnDialect: boolean;
    readonly additionalServers: ReadonlyMap<string, AdditionalServer>;
  },
  server: ServerRef,
): boolean {
  if (server.kind === "default") return flags.prometheusHasOwnDialect;
  return server.kind === "alias" && flags.additionalServers.get(server.alias)?.dialect === "server";
}

/** Whether a flag says that a server has a query dialect of its own. */
export function isOwnDialect(value: string, flag: string, mistakes: string[]): boolean {
  if (value !== "promql" && value !== "server") mistakes.push(`--${flag}=${value} is neither promql nor server`);
  return value === "server";
}

/** Reads the servers that HPAs reference by an alias, from the values of their four flags. */
export function additionalServers(
  servers: string[],
  tokenFiles: string[],
  httpConfigs: string[],
  dialects: string[],
  mistakes: string[],
): Map<string, AdditionalServer> {
  const pairs = (list: string[], flag: string, form: string) =>
    list.flatMap((item): [string, string][] => {
      const at = item.indexOf("=");
      if (at <= 0) {
        mistakes.push(`--${flag} must be ${form}`);
        return [];
      }
      return [[item.slice(0, at), item.slice(at + 1)]];
    });
  const found: Map<string, AdditionalServer> = new Map();
  for (const [name, address] of pairs(servers, "additional-prometheus-server", "name=url")) {
    found.set(name, { url: url(address, "additional-prometheus-server", mistakes) });
  }
  const give = (
    list: string[],
    flag: string,
    field: "tokenFile" | "httpConfigFile" | "dialect",
    form = "name=path",
  ) => {
    for (const [name, value] of pairs(list, flag, form)) {
      const server = found.get(name);
      if (server) server[field] = value;
      else mistakes.push(`--${flag} names "${name}", which no --additional-prometheus-server defines`);
    }
  };
  give(tokenFiles, "additional-prometheus-server-token-file", "tokenFile");
  give(httpConfigs, "additional-prometheus-http-config", "httpConfigFile");
  give(dialects, "additional-prometheus-dialect", "dialect", "name=dialect");
  for (const [name, { tokenFile, httpConfigFile, dialect = "promql" }] of found) {
    isOwnDialect(dialect, `additional-prometheus-dialect=${name}`, mistakes);
    if (tokenFile && httpConfigFile)
      mistakes.push(`"${name}" has both a token file and an http config; put the token into the latter`);
  }
  return found;
}
