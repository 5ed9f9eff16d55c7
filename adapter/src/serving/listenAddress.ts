/**
 * Returns the address for `server.listen` of Node. An unspecified address (`0.0.0.0`, `::` or empty) means every address
 * of every family, as in Go (https://pkg.go.dev/net#Listen), so that an adapter in a cluster with IPv6 alone can be
 * reached. Node does that if it gets no address, and uses only IPv4 on a host without IPv6.
 */
export function listenAddress(host: string): string | undefined {
  return isUnspecified(host) ? undefined : host;
}

/** Whether an address stands for every address. */
export function isUnspecified(host: string): boolean {
  return host === "" || host === "0.0.0.0" || host === "::";
}
