import { type ProblemCode, problems, problemText } from "@asm-autoscaler/hpa-metrics";
import * as pulumi from "@pulumi/pulumi";
import { isGiven, type Known, UNKNOWN } from "./inputs";

/** One argument of a component that is not valid. */
export interface InputError {
  /** Property path of the argument, as Pulumi writes it: `metrics[0].query`. */
  readonly path: string;
  readonly code: ProblemCode;
  /** One sentence with the name and the value. Further lines show the place, such as a line of a query with a caret. */
  readonly message: string;
  /** How to correct it, in one sentence. Default: the remedy that the table of problems has for the code. */
  readonly remedy?: string;
}

/**
 * Throws all errors at once as a `pulumi.InputPropertiesError`, or does nothing if there are none.
 *
 * All is in the message, and the list of properties is empty, because the engine prints the list after the message. In a
 * Node.js program the error also counts as a `pulumi.RunError`, of which only the message is printed. Any other error is
 * printed there as an unhandled exception, with its stack and all its properties.
 */
export function refuse(component: string, inputErrors: readonly InputError[]): void {
  if (inputErrors.length === 0) return;
  const lines = inputErrors.map(
    (inputError) => `  ${inputError.path}: ${reason(inputError).replaceAll("\n", "\n    ")}`,
  );
  const count = inputErrors.length === 1 ? "one argument is" : `${inputErrors.length} arguments are`;
  const message = `${component}: ${count} wrong:\n${lines.join("\n")}`;
  throw Object.assign(new pulumi.InputPropertiesError({ message, errors: [] }), new pulumi.RunError());
}

/** Path of an entry of a map, as Pulumi writes it: `nodePools.system` or `nodePools["not an identifier"]`. */
export function entryPath(path: string, key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

/** Error text in the format that the adapter uses. */
function reason({ code, message, remedy = problems[code].remedy }: InputError): string {
  return problemText({ code, message, remedy });
}

/** The error (none or one) of a required argument that is missing. Programs without types can leave it out. */
export function missingErrors(path: string, value: Known<unknown>, remedy: string): InputError[] {
  if (value !== undefined && value !== null) return [];
  return [{ path, code: "ASM_ARGUMENT_MISSING", message: `${path} is required`, remedy }];
}

/** Checks texts of one kind of argument: whether a text `fits`, what it is if it does, and how to correct it if not. */
export function textErrorsOf(code: ProblemCode) {
  return (
    path: string,
    value: Known<string | undefined>,
    fits: (text: string) => boolean,
    what: string,
    remedy: string,
  ): InputError[] => {
    if (value === UNKNOWN || value === undefined || fits(String(value))) return [];
    return [{ path, code, message: `${JSON.stringify(value)} is not ${what}`, remedy }];
  };
}

/** The error of an argument for a new object of a kind, such as a cluster, next to `existing`. */
export function contradictedError(path: string, kind: string): InputError {
  return {
    path,
    code: "ASM_EXISTING_CONTRADICTED",
    message: `${path} is for a new ${kind}, and existing is set`,
    remedy: `Remove either existing or ${path}`,
  };
}

/** The error of an argument that has no effect. @param why The rest of a sentence that begins with "because". */
export function misplacedError(path: string, why: string, remedy: string): InputError {
  return { path, code: "ASM_ARGUMENT_MISPLACED", message: `${path} has no effect, because ${why}`, remedy };
}

/** Largest count in Kubernetes: an int32. */
const MOST = 2_147_483_647;

/** The error (none or one) of a number that must be whole and, unless a range is given, at least 1. */
export function countErrors(
  path: string,
  value: Known<number | undefined>,
  remedy: string,
  { least = 1, most = MOST }: { least?: number; most?: number } = {},
): InputError[] {
  if (value === UNKNOWN || value === undefined) return [];
  if (Number.isInteger(value) && value >= least && value <= most) return [];
  return [
    {
      path,
      code: "ASM_COUNT_INVALID",
      message: `${JSON.stringify(value)} is not a whole number from ${least} to ${most}`,
      remedy,
    },
  ];
}

/** Range of a number. Both ends are inside. */
export interface Range {
  readonly from: number;
  readonly to: number;
  /** Maximum number of decimals. More would be lost. */
  readonly decimals: number;
}

/** The error (none or one) of a number outside its range. */
export function rangeErrors(
  path: string,
  value: Known<number | undefined>,
  range: Range,
  remedy: string,
): InputError[] {
  if (value === UNKNOWN || value === undefined) return [];
  const { from, to, decimals } = range;
  const fits = typeof value === "number" && value >= from && value <= to && Number(value.toFixed(decimals)) === value;
  if (fits) return [];
  const digits = decimals === 0 ? "a whole number" : `a number of at most ${decimals} decimals`;
  return [
    {
      path,
      code: "ASM_NUMBER_INVALID",
      message: `${JSON.stringify(value)} is not ${digits} from ${from} to ${to}`,
      remedy,
    },
  ];
}

/** The error (none or one) of an optional whole number outside `least` to `most`. */
export function wholeNumberErrors(
  path: string,
  value: Known<number | undefined>,
  range: { least: number; most: number },
): InputError[] {
  if (!isGiven(value)) return [];
  return countErrors(path, value, "Set a number in that range, or remove the argument if it has a default", range);
}

/** A kind of name in Kubernetes and what it may look like. */
interface NameRule {
  readonly pattern: RegExp;
  readonly longest: number;
  readonly allowed: string;
}

/** RFC 1123 label: names of namespaces. */
export const namespaceName: NameRule = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  longest: 63,
  allowed: "lower case letters, digits and '-', a letter or digit at both ends",
};

/** RFC 1123 subdomain: names of most other objects. */
export const objectName: NameRule = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  longest: 253,
  allowed: "lower case letters, digits, '-' and '.', a letter or digit at both ends of each part",
};

/** Value of a label: an HPA may also name the alias of a Prometheus server by one. */
export const aliasName: NameRule = {
  pattern: /^[A-Za-z0-9]([-_.A-Za-z0-9]*[A-Za-z0-9])?$/,
  longest: 63,
  allowed: "letters, digits, '-', '_' and '.', a letter or digit at both ends",
};

/** The error (none or one) of a name that the API server would reject. */
export function nameErrors(path: string, value: Known<string | undefined>, rule: NameRule): InputError[] {
  if (value === UNKNOWN || value === undefined) return [];
  if (typeof value === "string" && value.length <= rule.longest && rule.pattern.test(value)) return [];
  return [
    {
      path,
      code: "ASM_NAME_INVALID",
      message: `${JSON.stringify(value)} is not a name that Kubernetes accepts here`,
      remedy: `Use at most ${rule.longest} characters: ${rule.allowed}`,
    },
  ];
}

/** What Alibaba Cloud takes as the name of a network, a switch or a cluster, in its strictest form. */
const CLOUD_NAME = /^\p{L}[-_.\p{L}\p{N}]*$/u;

/** The error (none or one) of a name that Alibaba Cloud would reject, but only when the resource is created. */
export function cloudNameErrors(path: string, value: Known<string | undefined>, longest: number): InputError[] {
  if (value === UNKNOWN || value === undefined) return [];
  if (typeof value === "string" && value.length >= 2 && value.length <= longest && CLOUD_NAME.test(value)) return [];
  return [
    {
      path,
      code: "ASM_CLOUD_NAME_INVALID",
      message: `${JSON.stringify(value)} is not a name that Alibaba Cloud accepts here`,
      remedy: `Use 2 to ${longest} characters: a letter first, then letters, digits, '-', '_' and '.'`,
    },
  ];
}
