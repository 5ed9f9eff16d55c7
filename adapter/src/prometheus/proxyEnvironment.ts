import { BlockList, isIP } from "node:net";

/** The environment variables that set the proxy. Each is also read in lower case if it is empty in upper case. */
export interface ProxyEnvironment {
  readonly [name: string]: string | undefined;
}

/** An HTTP proxy and the variable that sets it. */
export interface HttpProxy {
  readonly url: URL;
  readonly variable: string;
}

/** The error for a proxy variable that is not usable. The message does not have the value, which may be a secret. */
export class ProxyVariableError extends Error {}

/**
 * Returns the proxy of a URL by `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, with the rules of Go's HTTP client, which
 * kube-metrics-adapter uses (https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config):
 * - `http` URLs use `HTTP_PROXY` and `https` URLs use `HTTPS_PROXY`. Neither stands in for the other.
 * - `localhost` and loopback addresses use no proxy.
 * - `NO_PROXY` has domains (with their subdomains), `.domains` (only subdomains), addresses and CIDR blocks, each except
 *   a block with an optional port, or `*` for every host.
 *
 * @throws ProxyVariableError for a variable that is not an http or https URL.
 */
export function proxyOf(target: URL, environment: ProxyEnvironment): HttpProxy | undefined {
  const name = target.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const variable = [name, name.toLowerCase()].find((one) => environment[one]);
  const value = environment[variable ?? ""];
  if (!variable || !value || isExcluded(target, environment["NO_PROXY"] || environment["no_proxy"] || ""))
    return undefined;
  const url = URL.parse(value.includes("://") ? value : `http://${value}`);
  if (!url || !/^https?:$/.test(url.protocol)) throw new ProxyVariableError(`${variable} is not an http or https URL`);
  return { url, variable };
}

/** Returns words that name the proxy of a URL, for messages. Empty if there is none or its variable is not usable. */
export function proxyNote(target: URL, environment: ProxyEnvironment): string {
  try {
    const proxy = proxyOf(target, environment);
    return proxy ? ` through the proxy ${proxy.url.origin} (${proxy.variable})` : "";
  } catch {
    return "";
  }
}

function isExcluded({ hostname, port, protocol }: URL, noProxy: string): boolean {
  const host = hostname.replace(/^\[|\]$|\.$/g, "").toLowerCase();
  const targetPort = port || (protocol === "https:" ? "443" : "80");
  if (host === "localhost" || (isIP(host) !== 0 && isInBlock(host, LOOPBACK))) return true;
  return noProxy
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== "" && matches(host, targetPort, entry));
}

function matches(host: string, port: string, entry: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return isIP(host) !== 0 && isInBlock(host, blockOf(entry));
  const { name, entryPort } = splitPort(entry);
  if (entryPort !== undefined && entryPort !== port) return false;
  if (isIP(name) !== 0) return isIP(host) !== 0 && isInBlock(host, blockOf(`${name}/${isIP(name) === 4 ? 32 : 128}`));
  const domain = name.replace(/^\*/, "");
  return domain.startsWith(".") ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

/** Splits `host:port`, `[IPv6]:port`, `[IPv6]` and a host or address alone. */
function splitPort(entry: string): { name: string; entryPort: string | undefined } {
  const inBrackets = /^\[([^\]]*)\](?::(\d*))?$/.exec(entry);
  if (inBrackets) return { name: inBrackets[1] ?? "", entryPort: inBrackets[2] };
  const at = entry.indexOf(":");
  const isPort = at >= 0 && at === entry.lastIndexOf(":");
  return isPort ? { name: entry.slice(0, at), entryPort: entry.slice(at + 1) } : { name: entry, entryPort: undefined };
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** Returns a block for text such as `10.0.0.0/8`. Text that is not a block matches nothing. */
function blockOf(text: string): BlockList {
  const block = new BlockList();
  const [network = "", bits = ""] = text.split("/");
  const version = isIP(network);
  if (version !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
    block.addSubnet(network, Number(bits), version === 4 ? "ipv4" : "ipv6");
  return block;
}

function isInBlock(host: string, block: BlockList): boolean {
  return block.check(host, isIP(host) === 4 ? "ipv4" : "ipv6");
}
