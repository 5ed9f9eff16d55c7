import {
  isNeighbour,
  METRIC_PATTERN,
  MOST_METRIC_PATTERNS,
  MOST_READ_SECONDS,
  NEIGHBOURS,
  type NeighbourDefaults,
  nearest,
} from "@asm-autoscaler/hpa-metrics";
import { duration } from "./flagValues.ts";

/** A neighbouring adapter whose metrics are served through this one: one `--delegate`. */
export interface DelegateFlags {
  /** Unique among the delegates. Shown in errors, metrics and on the status page. */
  readonly name: string;
  readonly service: { readonly namespace: string; readonly name: string; readonly port: number };
  readonly ca: CaSource;
  /** A label whose presence in a selector means this delegate. Without it, the delegate's discovery list decides. */
  readonly selectorKey?: string;
  /** Patterns of metric names in lower case. `*` stands for any characters. They apply besides the discovery list. */
  readonly metrics: readonly string[];
  /** Deadline of one forwarded read, in milliseconds. */
  readonly timeoutMs: number;
}

/** Where the CA of a delegate's serving certificate comes from. */
export type CaSource =
  /** The key `ca.crt` of a Secret. No other key of it is used. */
  | { readonly from: "secret"; readonly namespace: string; readonly name: string }
  | { readonly from: "file"; readonly path: string }
  /** `caBundle` of the APIService, as it was before this adapter took it over. */
  | { readonly from: "apiservice" }
  /** The certificate is not verified. */
  | { readonly from: "nowhere" };

const KEYS = ["name", "type", "service", "ca-secret", "ca-file", "ca", "selector", "metric", "timeout"] as const;
type Key = (typeof KEYS)[number];

/**
 * Default deadline. KEDA's scalers wait 3 s for a server by default, and without its operator, KEDA's metrics server does
 * not answer for a minute. The HPA controller has only five workers, and a read occupies one of them.
 */
const TIMEOUT_MS = 5_000;

/**
 * Parses the values of `--delegate`: comma-separated `key=value`, or the name of a known neighbour first, such as
 * `keda` or `keda,service=keda/keda-metrics-apiserver:443`. Adds a sentence to `mistakes` for each mistake.
 */
export function delegateFlags(values: readonly string[], mistakes: string[]): DelegateFlags[] {
  const delegates = values.flatMap((value) => {
    const own: string[] = [];
    const delegate = readDelegate(value, own);
    mistakes.push(...own.map((mistake) => `--delegate=${value.slice(0, 200)} ${mistake}`));
    return delegate ? [delegate] : [];
  });
  const names = delegates.map(({ name }) => name);
  for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index)))
    mistakes.push(`--delegate is given twice with the name "${name}"; give each one its own name`);
  return delegates;
}

function readDelegate(value: string, mistakes: string[]): DelegateFlags | undefined {
  const settings = readSettings(value, mistakes);
  const last = (key: Key) => settings.get(key)?.at(-1);
  const type = last("type") ?? last("name") ?? "";
  const defaults = isNeighbour(type) ? NEIGHBOURS[type] : undefined;
  if (last("type") !== undefined && !defaults)
    mistakes.push(`has the type "${type}"; the known types are ${Object.keys(NEIGHBOURS).join(", ")}`);
  const name = last("name") ?? type;
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name))
    mistakes.push(`needs a name of lower-case letters, digits and hyphens, such as name=keda`);
  const service = readService(last("service") ?? defaults?.service, mistakes);
  const ca = readCa(last, defaults, mistakes);
  const selectorKey =
    last("selector") ?? (typeof defaults?.routing === "object" ? defaults.routing.selector : undefined);
  const metrics = [...(defaults?.metrics ?? []), ...(settings.get("metric") ?? [])].map((one) => one.toLowerCase());
  if (metrics.length > MOST_METRIC_PATTERNS || metrics.some((pattern) => !METRIC_PATTERN.test(pattern)))
    mistakes.push(
      `has a pattern of metric names that is not valid; write metric=sls_*, at most ${MOST_METRIC_PATTERNS} times`,
    );
  const timeoutMs =
    last("timeout") === undefined ? TIMEOUT_MS : duration(last("timeout") ?? "", "delegate timeout", mistakes);
  if (timeoutMs <= 0 || timeoutMs > MOST_READ_SECONDS * 1_000)
    mistakes.push(`needs a timeout of more than 0 and at most ${MOST_READ_SECONDS}s`);
  if (mistakes.length > 0 || !service || !ca) return undefined;
  return { name, service, ca, ...(selectorKey ? { selectorKey } : {}), metrics, timeoutMs };
}

function readSettings(value: string, mistakes: string[]): Map<Key, string[]> {
  const settings = new Map<Key, string[]>();
  for (const [index, item] of value.split(",").entries()) {
    const at = item.indexOf("=");
    // The first part may be the bare name.
    const key = at < 0 && index === 0 ? "name" : item.slice(0, Math.max(at, 0));
    const text = item.slice(at + 1).trim();
    if (!isKey(key) || text === "") {
      const near = nearest(key, [...KEYS]);
      mistakes.push(
        `has "${item.slice(0, 100)}"${near === undefined ? "" : `, did you mean ${near}=?`}; the keys are ${KEYS.join(", ")}`,
      );
      continue;
    }
    settings.set(key, [...(settings.get(key) ?? []), text]);
  }
  return settings;
}

function isKey(key: string): key is Key {
  return KEYS.some((known) => known === key);
}

function readService(text: string | undefined, mistakes: string[]): DelegateFlags["service"] | undefined {
  const [, namespace, name, port] = /^([a-z0-9-]{1,63})\/([a-z0-9-]{1,63}):(\d{1,5})$/.exec(text ?? "") ?? [];
  if (namespace === undefined || name === undefined || Number(port) < 1 || Number(port) > 65535) {
    mistakes.push("needs a Service, such as service=keda/keda-operator-metrics-apiserver:443");
    return undefined;
  }
  return { namespace, name, port: Number(port) };
}

function readCa(
  last: (key: Key) => string | undefined,
  defaults: NeighbourDefaults | undefined,
  mistakes: string[],
): CaSource | undefined {
  const given = (["ca-secret", "ca-file", "ca"] as const).filter((key) => last(key) !== undefined);
  if (given.length > 1) mistakes.push(`has ${given.join(" and ")}; give one of them`);
  const [file, word] = [last("ca-file"), last("ca")];
  if (file !== undefined) return { from: "file", path: file };
  if (word === "apiservice") return { from: "apiservice" };
  if (word === "insecure-skip-verify") return { from: "nowhere" };
  if (word !== undefined) mistakes.push(`has ca=${word}; write ca=apiservice or ca=insecure-skip-verify`);
  const secret = last("ca-secret") ?? defaults?.caSecret;
  if (secret === undefined) {
    const why = "its certificate has no CA in the cluster by default";
    mistakes.push(
      `needs ca-secret=NAMESPACE/NAME, ca-file=PATH, ca=apiservice or ca=insecure-skip-verify${defaults ? `: ${why}` : ""}`,
    );
    return undefined;
  }
  const [, namespace, name] = /^([a-z0-9-]{1,63})\/([a-z0-9.-]{1,253})$/.exec(secret) ?? [];
  if (namespace === undefined || name === undefined) {
    mistakes.push(`has ca-secret=${secret}; write namespace/name`);
    return undefined;
  }
  return { from: "secret", namespace, name };
}
