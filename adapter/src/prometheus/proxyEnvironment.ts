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

/** Chooses the proxy of a URL. Undefined: none. @throws ProxyVariableError */
export type ProxyOf = (target: URL) => HttpProxy | undefined;

/**
 * Reads the environment once and returns what chooses the proxy of a URL by `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`,
 * with the rules of Go's HTTP client, which kube-metrics-adapter uses
 * (https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config):
 * - `http` URLs use `HTTP_PROXY` and `https` URLs use `HTTPS_PROXY`. Neither stands in for the other.
 * - `localhost` and loopback addresses use no proxy.
 * - `NO_PROXY` has domains (with their subdomains), `.domains` (only subdomains), addresses and CIDR blocks, each except
 *   a block with an optional port, or `*` for every host.
 *
 * A variable that is not an http or https URL is an error when a URL needs it.
 */
export function readProxies(environment: ProxyEnvironment): ProxyOf {
  const plain = readProxy("HTTP_PROXY", environment);
  const secure = readProxy("HTTPS_PROXY", environment);
  const isExcluded = readNoProxy(environment["NO_PROXY"] || environment["no_proxy"] || "");
  return (target) => {
    const proxy = target.protocol === "https:" ? secure : plain;
    if (!proxy || isExcluded(target)) return undefined;
    if (proxy instanceof ProxyVariableError) throw proxy;
    return proxy;
  };
}

let ofProcess: ProxyOf | undefined;

/** Chooses the proxy of a URL by the environment of this process, which is read at the first call. */
export const proxyOfProcess: ProxyOf = (target) => {
  ofProcess ??= readProxies(process.env);
  return ofProcess(target);
};

/** Returns words that name the proxy of a URL, for messages. Empty if there is none or its variable is not usable. */
export function proxyNote(target: URL, proxyOf: ProxyOf): string {
  try {
    const proxy = proxyOf(target);
    return proxy ? ` through the proxy ${proxy.url.origin} (${proxy.variable})` : "";
  } catch {
    return "";
  }
}

function readProxy(name: string, environment: ProxyEnvironment): HttpProxy | ProxyVariableError | undefined {
  const variable = [name, name.toLowerCase()].find((one) => environment[one]);
  const value = environment[variable ?? ""];
  if (!variable || !value) return undefined;
  const url = URL.parse(value.includes("://") ? value : `http://${value}`);
  if (!url || !/^https?:$/.test(url.protocol)) return new ProxyVariableError(`${variable} is not an http or https URL`);
  return { url, variable };
}

/** Whether an entry of `NO_PROXY` has this host and port. */
type Matches = (host: string, port: string) => boolean;

function readNoProxy(noProxy: string): (target: URL) => boolean {
  const entries = noProxy
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== "")
    .map(readEntry);
  return ({ hostname, port, protocol }) => {
    const host = hostname.replace(/^\[|\]$|\.$/g, "").toLowerCase();
    if (host === "localhost" || isInBlock(host, LOOPBACK)) return true;
    const targetPort = port || (protocol === "https:" ? "443" : "80");
    return entries.some((matches) => matches(host, targetPort));
  };
}

function readEntry(entry: string): Matches {
  if (entry === "*") return () => true;
  if (entry.includes("/")) {
    const block = blockOf(entry);
    return (host) => isInBlock(host, block);
  }
  const { name, entryPort } = splitPort(entry);
  const isPort = (port: string) => entryPort === undefined || entryPort === port;
  if (isIP(name) !== 0) {
    const block = blockOf(`${name}/${isIP(name) === 4 ? 32 : 128}`);
    return (host, port) => isPort(port) && isInBlock(host, block);
  }
  const domain = name.replace(/^\*/, "");
  const isDomain = (host: string) =>
    domain.startsWith(".") ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
  return (host, port) => isPort(port) && isDomain(host);
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
  const version = isIP(host);
  return version !== 0 && block.check(host, version === 4 ? "ipv4" : "ipv6");
}
