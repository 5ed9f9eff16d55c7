import { quote } from "./quote.ts";

// The rules and messages come from apimachinery/pkg/api/validate/content (kube.go, dns.go).
const NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const NAME_FAULT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const SUBDOMAIN = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const MAX_NAME = 63;
const MAX_SUBDOMAIN = 253;

const nameExpression = new RegExp(`^${NAME}$`);
const valueExpression = new RegExp(`^(${NAME})?$`);
const subdomainExpression = new RegExp(`^${SUBDOMAIN}$`);

const keyProblem = `${NAME_FAULT} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${NAME}')`;
const valueProblem =
  `a valid label must be an empty string or ${NAME_FAULT.replace(/^must /, "")}` +
  ` (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${NAME})?')`;
const subdomainProblem =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start" +
  ` and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;

/** Validates a label key (`[DNS subdomain "/"] name`). Returns the message of Kubernetes, or `undefined` when valid. */
export function checkLabelKey(key: string): string | undefined {
  const parts = key.split("/");
  const [first = "", second] = parts;
  if (parts.length > 2) {
    return `a valid label key ${keyProblem} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
  }
  const problems = second === undefined ? [] : checkPrefix(first).map((problem) => `prefix part ${problem}`);
  const name = second ?? first;
  if (name === "") problems.push("name part must be non-empty");
  else if (tooLong(name, MAX_NAME)) problems.push(`name part must be no more than ${MAX_NAME} bytes`);
  if (!nameExpression.test(name)) problems.push(`name part ${keyProblem}`);
  return problems.length > 0 ? problems.join("; ") : undefined;
}

function checkPrefix(prefix: string): string[] {
  if (prefix === "") return ["must be non-empty"];
  const problems = tooLong(prefix, MAX_SUBDOMAIN) ? [`must be no more than ${MAX_SUBDOMAIN} bytes`] : [];
  return subdomainExpression.test(prefix) ? problems : [...problems, subdomainProblem];
}

/** Validates a label value. Returns the message of Kubernetes, or `undefined` when the value is valid. */
export function checkLabelValue(value: string): string | undefined {
  const problems = tooLong(value, MAX_NAME) ? [`must be no more than ${MAX_NAME} bytes`] : [];
  if (!valueExpression.test(value)) problems.push(valueProblem);
  return problems.length > 0 ? problems.join("; ") : undefined;
}

function tooLong(text: string, bytes: number): boolean {
  return Buffer.byteLength(text) > bytes;
}

/** Formats a field error like Kubernetes: `Invalid value: "x": why`. */
export function invalid(value: string, why: string): string {
  return `Invalid value: ${quote(value)}: ${why}`;
}
