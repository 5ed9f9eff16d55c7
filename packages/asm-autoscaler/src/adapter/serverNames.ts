/** Where the Secret with the servers is mounted. */
export const SERVERS_PATH = "/etc/asm-metrics-adapter/prometheus";

/** Which servers there are: the default one, and others by alias, sorted. */
export interface ServerNames {
  readonly hasDefault: boolean;
  readonly aliases: readonly string[];
}

/** Name of the variable. An alias can have characters that are not valid in a name, so the name has its index. */
export function variable(index: number | undefined): string {
  return index === undefined ? "PROMETHEUS_SERVER" : `PROMETHEUS_SERVER_${index + 1}`;
}

/** Name of a file of one server, in the Secret and in its volume. */
export type FileName = (part: "url" | "http" | "authorization" | "username" | "password" | "ca") => string;

/** Names by alias, so that no server ever finds the credentials of another under its own name. */
export function fileOf(alias: string | undefined): FileName {
  return (part) => (alias === undefined ? `default.${part}` : `alias.${alias}.${part}`);
}
