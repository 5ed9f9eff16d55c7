import * as pulumi from "@pulumi/pulumi";
import { FaultError, nearest } from "hpa-metrics";
import { isGiven, type Known, knownValue, UNKNOWN } from "./inputs";

/** One wrong argument of a component. */
export interface Mistake {
  /** Where it is, as Pulumi writes property paths: `metrics[0].query`. */
  readonly path: string;
  /** Stable code, `ASM_…`, listed in the error reference. */
  readonly code: string;
  /** One sentence that names the thing. Lines after the first show it: the faulty line of a query with a caret. */
  readonly message: string;
  /** What to do about it: one sentence. */
  readonly remedy: string;
}

/**
 * Throws all mistakes at once as a `pulumi.InputPropertiesError`; does nothing when there are none.
 *
 * The message repeats them, since only a component served to another language has its list of properties printed by
 * the engine; a plain Node program shows the message.
 */
export function refuse(component: string, mistakes: readonly Mistake[]): void {
  if (mistakes.length === 0) return;
  const errors = mistakes.map((mistake) => ({ propertyPath: mistake.path, reason: reason(mistake) }));
  const lines = errors.map((error) => `  ${error.propertyPath}: ${error.reason.replaceAll("\n", "\n    ")}`);
  const count = errors.length === 1 ? "one argument is" : `${errors.length} arguments are`;
  throw new pulumi.InputPropertiesError({ message: `${component}: ${count} wrong:\n${lines.join("\n")}`, errors });
}

/** Worded and laid out as the adapter words its faults. */
function reason({ code, message, remedy }: Mistake): string {
  return new FaultError({ code, severity: "error", message, remedy }).message;
}

/** The mistake (none or one) of an argument that a program without types left out. */
export function missingMistakes(path: string, value: Known<unknown>, remedy: string): Mistake[] {
  if (value !== undefined && value !== null) return [];
  return [{ path, code: "ASM_ARGUMENT_MISSING", message: `${path} is required`, remedy }];
}

/** The mistakes (none or one) of an argument that takes one of a few words: programs without types can write any. */
export function choiceMistakes(path: string, value: Known<unknown>, choices: readonly string[]): Mistake[] {
  if (value === UNKNOWN || value === undefined || value === null || choices.some((choice) => choice === value))
    return [];
  const near = nearest(String(value), choices);
  return [
    {
      path,
      code: "ASM_CHOICE_UNKNOWN",
      message: `${JSON.stringify(value)} is not a value of ${path}${near === undefined ? "" : `, did you mean ${near}?`}`,
      remedy: `Use one of ${choices.join(", ")}`,
    },
  ];
}

/** Kubernetes keeps its counts in an int32. */
const MOST = 2_147_483_647;

/** The mistakes (none or one) of a number that must be a whole one: of at least 1, unless another range is given. */
export function countMistakes(
  path: string,
  value: Known<number | undefined>,
  remedy: string,
  { least = 1, most = MOST }: { least?: number; most?: number } = {},
): Mistake[] {
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

/** The numbers that an argument may be. */
export interface Range {
  readonly from: number;
  readonly to: number;
  /** Decimals that the number may have; more would be lost. */
  readonly decimals: number;
}

/** The mistakes (none or one) of a number outside its range, both ends of which are inside. */
export function rangeMistakes(path: string, value: Known<number | undefined>, range: Range, remedy: string): Mistake[] {
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

/** The mistake (none or one) of a number that must be a whole one from `least` to `most`, where it is given. */
export function wholeNumberMistakes(
  path: string,
  value: Known<number | undefined>,
  range: { least: number; most: number },
): Mistake[] {
  if (!isGiven(value)) return [];
  return countMistakes(path, value, "Set a number in that range, or remove the argument if it has a default", range);
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

/** The mistakes of one name (none or one): the API server would refuse it. */
export function nameMistakes(path: string, value: Known<string | undefined>, rule: NameRule): Mistake[] {
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

/** The mistake (none or one) of a name that Alibaba Cloud would refuse only when the resource is made. */
export function cloudNameMistakes(path: string, value: Known<string | undefined>, longest: number): Mistake[] {
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

/**
 * The mistake (none or one) of an argument that decides which resources exist, when a program without types takes it
 * from another resource: a preview could not say what there will be.
 */
export function plainMistakes(path: string, value: unknown): Mistake[] {
  if (knownValue(value) !== UNKNOWN) return [];
  return [
    {
      path,
      code: "ASM_ARGUMENT_LATE",
      message: `${path} decides which resources are created, and is not known before another resource is created`,
      remedy: "Set a plain value, such as one of the stack's configuration",
    },
  ];
}
