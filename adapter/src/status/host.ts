/**
 * Whether a request's `Host` header names this server: a loopback name or address, or the address that it is bound to. A
 * page of a stranger whose own name was made to point here (DNS rebinding) has that name in it, and must not be answered.
 */
export function isOwnHost(header: string | undefined, bound: string): boolean {
  if (header === undefined || !URL.canParse(`http://${header}`)) return false;
  const host = new URL(`http://${header}`).hostname.replace(/^\[|\]$/g, "");
  return (
    host === "localhost" ||
    host === "::1" ||
    /^127\.\d+\.\d+\.\d+$/.test(host) ||
    (!isWildcard(bound) && host === bound)
  );
}

function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}
