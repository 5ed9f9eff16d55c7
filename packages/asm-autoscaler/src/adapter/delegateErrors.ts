import { METRIC_PATTERN, MOST_METRIC_PATTERNS, MOST_READ_SECONDS } from "@asm-autoscaler/hpa-metrics";
import {
  countErrors,
  type InputError,
  missingErrors,
  namespaceName,
  objectName,
  rangeErrors,
} from "../validation/inputErrors";
import { isGiven, type Known, knownValue, UNKNOWN } from "../validation/inputs";
import { caSecretOf, type MetricsAdapterDelegateArgs, nameOf, serviceOf } from "./delegates";

const TIMEOUT_SECONDS = { from: 0.001, to: MOST_READ_SECONDS, decimals: 3 };
const DNS_LABEL = namespaceName;

/**
 * All errors of the delegates, each with its property path. A value is unknown if its form is wrong: that is an error
 * of its own.
 */
export function delegateErrors(delegates: readonly MetricsAdapterDelegateArgs[] | undefined): InputError[] {
  const list: Known<readonly Known<MetricsAdapterDelegateArgs>[] | undefined> = knownValue(delegates);
  // A value of another form is already an error.
  if (!Array.isArray(list)) return [];
  const known = list.map((delegate) => knownValue(delegate));
  const names = known.map((delegate) => (delegate === UNKNOWN ? UNKNOWN : nameIn(delegate)));
  return known.flatMap((delegate, index) => {
    if (delegate === UNKNOWN) return [];
    const path = `delegates[${index}]`;
    const errors = oneDelegateErrors(delegate, path);
    const name = names[index];
    if (typeof name !== "string" || names.indexOf(name) === index) return errors;
    return [...errors, invalid(`${path}.name`, `"${name}" is also the name of another delegate`, "Set another name")];
  });
}

function oneDelegateErrors(delegate: MetricsAdapterDelegateArgs, path: string): InputError[] {
  return [
    ...delegateNameErrors(`${path}.name`, nameIn(delegate)),
    ...serviceErrors(`${path}.service`, orUnknown(delegate, serviceOf)),
    ...caErrors(`${path}.caSecret`, delegate),
    ...patternErrors(`${path}.metrics`, knownValue(delegate.metrics)),
    ...rangeErrors(
      `${path}.timeoutSeconds`,
      knownValue(delegate.timeoutSeconds),
      TIMEOUT_SECONDS,
      `Set more than 0 and at most ${MOST_READ_SECONDS} seconds`,
    ),
  ];
}

function nameIn(delegate: MetricsAdapterDelegateArgs): Known<string | undefined> {
  return orUnknown(delegate, nameOf);
}

/** A value that may be the default of the type, or unknown if the property or the type has the wrong form. */
function orUnknown(
  delegate: MetricsAdapterDelegateArgs,
  read: (delegate: MetricsAdapterDelegateArgs) => string | undefined,
): Known<string | undefined> {
  const { type, ...own } = delegate;
  const value = knownValue(read(own));
  return value === undefined && knownValue(type) === UNKNOWN ? UNKNOWN : knownValue(value ?? read(delegate));
}

function delegateNameErrors(path: string, name: Known<string | undefined>): InputError[] {
  if (name === undefined) return missingErrors(path, name, "Set type, or a name such as stocks");
  if (name === UNKNOWN || isName(name, DNS_LABEL)) return [];
  return [invalid(path, `${JSON.stringify(name)} is not a name of a delegate`, `Use ${DNS_LABEL.allowed}`)];
}

function serviceErrors(path: string, service: Known<string | undefined>): InputError[] {
  const remedy = "Set namespace/name:port, such as keda/keda-operator-metrics-apiserver:443";
  if (service === undefined) return missingErrors(path, service, remedy);
  if (service === UNKNOWN) return [];
  const [, namespace = "", name = "", port = ""] = /^([^/:]*)\/([^/:]*):(\d{1,5})$/.exec(service) ?? [];
  const isPort = Number(port) >= 1 && Number(port) <= 65_535;
  if (isName(namespace, DNS_LABEL) && isName(name, DNS_LABEL) && isPort) return [];
  return [invalid(path, `${JSON.stringify(service)} is not a Service with its port`, remedy)];
}

function caErrors(path: string, delegate: MetricsAdapterDelegateArgs): InputError[] {
  const skipped = knownValue(delegate.insecureSkipVerify);
  if (skipped === true && isGiven(delegate.caSecret))
    return [
      {
        path,
        code: "ASM_ARGUMENT_MISPLACED",
        message: "caSecret has no effect, because insecureSkipVerify is true",
        remedy: "Remove insecureSkipVerify to verify the certificate with this CA",
      },
    ];
  if (skipped === true || skipped === UNKNOWN) return [];
  const secret = orUnknown(delegate, caSecretOf);
  if (secret === undefined)
    return missingErrors(path, secret, "Set the Secret with its CA as namespace/name, or insecureSkipVerify");
  if (secret === UNKNOWN) return [];
  const [namespace = "", name = "", ...more] = secret.split("/");
  if (isName(namespace, DNS_LABEL) && isName(name, objectName) && more.length === 0) return [];
  return [invalid(path, `${JSON.stringify(secret)} is not a Secret`, "Set namespace/name, such as keda/kedaorg-certs")];
}

function patternErrors(path: string, patterns: Known<string[] | undefined>): InputError[] {
  if (patterns === UNKNOWN || !isGiven(patterns)) return [];
  const remedy = `Set at most ${MOST_METRIC_PATTERNS} patterns. An asterisk can stand for the rest of many names`;
  return [
    ...countErrors(path, patterns.length, remedy, { least: 0, most: MOST_METRIC_PATTERNS }),
    ...patterns.flatMap((pattern: Known<string>, index) =>
      typeof pattern !== "string" || METRIC_PATTERN.test(pattern)
        ? []
        : [
            invalid(
              `${path}[${index}]`,
              `${JSON.stringify(pattern)} has a character that no metric name has, or is empty or too long`,
              "Set a name or a pattern such as sls_*",
            ),
          ],
    ),
  ];
}

function isName(name: string, { pattern, longest }: typeof DNS_LABEL): boolean {
  return name.length <= longest && pattern.test(name);
}

function invalid(path: string, message: string, remedy: string): InputError {
  return { path, code: "ASM_NAME_INVALID", message, remedy };
}
