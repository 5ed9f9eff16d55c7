import { FLAG_GROUPS, nearest, parseDuration, type ServerFlag } from "@asm-autoscaler/hpa-metrics";
import type { InputError } from "../validation/inputErrors";
import { knownValue } from "../validation/inputs";
import type { MetricsAdapterArgs } from "./args";

const FLAGS: ReadonlyMap<string, ServerFlag> = new Map(
  FLAG_GROUPS.flatMap(({ flags }) => flags).map((flag) => [flag.name, flag]),
);

/**
 * Flags that extraArgs cannot set, and the argument to set instead. Undefined: no argument changes it, because other
 * objects of the component depend on its value, or because it names a file, and nothing mounts one.
 */
export const SET_BY: ReadonlyMap<string, string | undefined> = new Map([
  ["prometheus-server", "prometheus"],
  ["prometheus-server-token-file", "prometheus"],
  ["prometheus-http-config", "prometheus"],
  ["prometheus-dialect", "prometheus"],
  ["additional-prometheus-server", "additionalPrometheus"],
  ["additional-prometheus-server-token-file", "additionalPrometheus"],
  ["additional-prometheus-http-config", "additionalPrometheus"],
  ["additional-prometheus-dialect", "additionalPrometheus"],
  ["allow-prometheus-server", "allowedPrometheusServers"],
  ["enforce-namespace-label", "tenants"],
  ["max-metrics-per-namespace", "tenants"],
  ["max-query-cost", "tenants"],
  ["direct", "direct"],
  ["direct-gateways", "directGateways"],
  ["delegate", "delegates"],
  ["prometheus-adapter-config", "prometheusAdapterRules"],
  ["prometheus-adapter-rules-for-both", "prometheusAdapterRules"],
  ["metrics-relist-interval", "prometheusAdapterRules"],
  ["metrics-max-age", "prometheusAdapterRules"],
  ["cluster-name", "statusPage"],
  ["prometheus-web-url", "statusPage"],
  ["admission-webhook-cert-file", "admissionWebhook"],
  ["admission-webhook-key-file", "admissionWebhook"],
  ["admission-webhook-port", "admissionWebhook"],
  ["secure-port", "hostNetwork"],
  ["bind-address", undefined],
  ["metrics-address", "hostNetwork"],
  ["status-address", "hostNetwork"],
  ["serving-secret", undefined],
  ["serving-service", undefined],
  ["tls-cert-file", undefined],
  ["tls-private-key-file", undefined],
  ["cert-dir", undefined],
  ["kubeconfig", undefined],
  ["lister-kubeconfig", undefined],
  ["admission-webhook-client-ca-file", undefined],
]);

/** Names of the flags that `extraArgs` takes, in the order of the adapter's help. */
export const EXTRA_FLAGS: readonly string[] = [...FLAGS.keys()].filter((name) => !SET_BY.has(name));

/** All errors of the known flags in extraArgs, each with its path. */
export function extraArgErrors(extraArgs: MetricsAdapterArgs["extraArgs"]): InputError[] {
  const known = knownValue(extraArgs);
  if (!Array.isArray(known)) return [];
  return known.flatMap((arg, index) => {
    const text: unknown = knownValue(arg);
    return typeof text === "string" ? flagErrors(`extraArgs[${index}]`, text) : [];
  });
}

/** The error (none or one) of one flag. The value is not repeated, because it may be a secret. */
function flagErrors(path: string, text: string): InputError[] {
  const refused = (message: string, remedy: string): InputError[] => [
    { path, code: "ASM_FLAG_REFUSED", message, remedy },
  ];
  const [, name, value] = /^--([^=\s]+)(?:=(.*))?$/s.exec(text) ?? [];
  if (name === undefined)
    return refused("The text is not one flag of the adapter", "Write each flag as one text, such as --metrics-ttl=2m");
  const flag = FLAGS.get(name);
  if (flag === undefined) return refused(`--${name} is not a flag of the adapter${near(name)}`, LIST);
  if (SET_BY.has(name)) {
    const argument = SET_BY.get(name);
    if (argument === undefined) return refused(`--${name} cannot be set with this component`, "Remove it");
    return refused(`The component sets --${name}`, `Use the argument ${argument}`);
  }
  const wrong = wrongValue(flag, value);
  return wrong === undefined ? [] : refused(`--${name} ${wrong}`, `Write it as --${name}${example(flag)}`);
}

const LIST = `Use one of ${EXTRA_FLAGS.map((name) => `--${name}`).join(", ")}`;

function near(name: string): string {
  const found = nearest(name, EXTRA_FLAGS);
  return found === undefined ? "" : `, did you mean --${found}?`;
}

/** What is wrong with a value, as far as the kind of the flag says it. The adapter checks the rest when it starts. */
function wrongValue({ value: kind }: ServerFlag, value: string | undefined): string | undefined {
  if (kind === undefined) return value === undefined || /^(true|false)$/.test(value) ? undefined : "is a switch";
  if (value === undefined || value === "") return "needs a value";
  if (kind === "DURATION" && !isDuration(value)) return "needs a duration";
  return kind === "NUMBER" && !/^\d+$/.test(value) ? "needs a whole number" : undefined;
}

function example({ value }: ServerFlag): string {
  if (value === undefined) return ", or with =true or =false";
  return { DURATION: "=30s", NUMBER: "=100" }[value] ?? `=${value}`;
}

function isDuration(text: string): boolean {
  try {
    return parseDuration(text) >= 0;
  } catch {
    return false;
  }
}
