import { later, type Now } from "./later";
import type { Mistake } from "./mistake";

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
export function nameMistakes(path: string, value: Now<string | undefined>, rule: NameRule): Mistake[] {
  if (value === later || value === undefined) return [];
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
