import { parseDuration } from "@asm-autoscaler/hpa-metrics";

/** Parsers of single flag values. Each adds a sentence to `mistakes` for a value that is not valid. */

/** Validates a URL. Messages do not contain the URL, because its user, path or parameters can be secrets. */
export function url(value: string, flag: string, mistakes: string[]): string {
  if (!isHttpUrl(value))
    mistakes.push(`--${flag} is not an http or https URL, such as http://prometheus.istio-system.svc:9090`);
  return value;
}

function isHttpUrl(value: string): boolean {
  try {
    const { protocol, username, password } = new URL(value);
    decodeURIComponent(username + password);
    return /^https?:$/.test(protocol);
  } catch {
    return false;
  }
}

/**
 * Parses the URL of a web UI for links, and removes slashes at the end. Everyone who can open the status page reads it,
 * so it must not contain a user, a password or parameters.
 */
export function webUrl(value: string | undefined, flag: string, mistakes: string[]): string | undefined {
  if (value === undefined) return undefined;
  const parsed = URL.parse(value);
  const isPublic =
    parsed !== null &&
    /^https?:$/.test(parsed.protocol) &&
    [parsed.username, parsed.password, parsed.search, parsed.hash].every((part) => part === "");
  if (!isPublic) {
    mistakes.push(
      `--${flag} must be an http or https URL without user, password, parameters and fragment, such as https://prometheus.example.com`,
    );
    return undefined;
  }
  let end = parsed.href.length;
  while (parsed.href[end - 1] === "/") end--;
  return parsed.href.slice(0, end);
}

/** Parses a name that people read: 1 to 63 letters, digits and `-_./@`, which need no quotes in YAML and in a shell. */
export function displayName(value: string | undefined, flag: string, mistakes: string[]): string | undefined {
  if (value !== undefined && !/^[\p{L}\p{N}][-_./@\p{L}\p{N}]{0,62}$/u.test(value))
    mistakes.push(`--${flag} must have 1 to 63 letters, digits and -_./@, the first a letter or a digit`);
  return value;
}

/** Parses a port, 0 to 65535. */
export function port(value: string, flag: string, mistakes: string[]): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > 65535) mistakes.push(`--${flag}=${value} is not a port (0 to 65535)`);
  return number;
}

/** Parses `HOST:PORT`. An empty host is `unsaid`. */
export function hostPort(
  value: string,
  flag: string,
  mistakes: string[],
  unsaid = "0.0.0.0",
): { host: string; port: number } {
  const at = value.lastIndexOf(":");
  if (at < 0) {
    mistakes.push(`--${flag}=${value} needs a port, such as :7979 or 127.0.0.1:7979`);
    return { host: value, port: 0 };
  }
  const wrong: string[] = [];
  const number = port(value.slice(at + 1), flag, wrong);
  if (wrong.length > 0) mistakes.push(`--${flag}=${value} does not end in a port (0 to 65535)`);
  return { host: value.slice(0, at).replace(/^\[|\]$/g, "") || unsaid, port: number };
}

/** Parses `NAMESPACE/NAME`. */
export function namespacedName(
  value: string | undefined,
  flag: string,
  mistakes: string[],
): { namespace: string; name: string } | undefined {
  if (value === undefined) return undefined;
  const [namespace, name, more] = value.split("/");
  if (!namespace || !name || more !== undefined) mistakes.push(`--${flag}=${value} must be namespace/name`);
  return { namespace: namespace ?? "", name: name ?? "" };
}

/** Parses a whole number from `least` to `most`. `hint` says what is valid. */
export function wholeNumber(
  value: string,
  flag: string,
  mistakes: string[],
  { least, most, hint }: { least: number; most: number; hint: string },
): number {
  const number = Number(value);
  if (!/^\d{1,9}$/.test(value) || number < least || number > most)
    mistakes.push(`--${flag}=${value} is not a whole number${hint}`);
  return number;
}

/** Parses a Go duration such as `30s`, `1m30s` or `0` to milliseconds. Hours are the largest unit. */
export function duration(value: string, flag: string, mistakes: string[]): number {
  try {
    // To whole microseconds, because 0.29 s times 1000 is not 290.
    return Math.round(parseDuration(value) * 1e6) / 1e3;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    mistakes.push(`--${flag}=${value} is not a duration, such as 30s or 1m30s`);
    return 0;
  }
}

/** The texts that Go's `strconv.ParseBool` reads, in lower case. */
const BOOLEANS: Readonly<Record<string, boolean>> = {
  ...{ "1": true, t: true, true: true },
  ...{ "0": false, f: false, false: false },
};

/** Parses the value of a switch as Go does. A switch that is not given is off. */
export function switchValue(value: string | undefined, flag: string, mistakes: string[]): boolean {
  if (value === undefined) return false;
  const parsed = BOOLEANS[value.toLowerCase()];
  if (parsed === undefined) mistakes.push(`--${flag}=${value} is not true or false`);
  return parsed ?? false;
}
