import { later, type Now, now } from "../arguments/later";
import type { Mistake } from "../arguments/mistake";
import type { PrometheusEndpoint } from "./endpoint";

/** RFC 9110, 5.6.2: token. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** RFC 9110, 5.5: visible characters with spaces and tabs between them, and what HTTP/1.1 still lets through above ASCII. */
const VALUE = /^[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/;

/** Headers that belong to the connection or to the body; no client lets its user set them. */
const RESERVED = ["connection", "content-length", "content-type", "host", "transfer-encoding", "upgrade"];

/** The mistakes of the known names and values of headers. */
export function headerMistakes(path: string, headers: Now<PrometheusEndpoint["headers"]>): Mistake[] {
  if (headers === later || typeof headers !== "object" || headers === null) return [];
  return Object.entries(headers).flatMap(([name, value]) => {
    const entry = `${path}[${JSON.stringify(name)}]`;
    return [...nameMistakes(entry, name), ...valueMistakes(entry, now<string | undefined>(value))];
  });
}

/** The mistake (none or one) of a header's value. The value is never repeated: it may be a secret. */
export function headerValueMistakes(path: string, value: Now<string | undefined>): Mistake[] {
  if (value === undefined || value === null) return [];
  return valueMistakes(path, value);
}

function nameMistakes(path: string, name: string): Mistake[] {
  if (!NAME.test(name)) {
    return wrong(path, `${JSON.stringify(name)} is no name of a header`, "Use letters, digits and '-'");
  }
  if (!RESERVED.includes(name.toLowerCase())) return [];
  return wrong(path, `${name} is a header of the connection or of its body`, "Leave it out");
}

function valueMistakes(path: string, value: Now<string | undefined>): Mistake[] {
  if (value === later || (typeof value === "string" && VALUE.test(value))) return [];
  const message = "The value is empty, starts or ends with white space, or has a character that no header can carry";
  return wrong(path, message, "Give one line of text; a file's last line end does not belong to it");
}

function wrong(path: string, message: string, remedy: string): Mistake[] {
  return [{ path, code: "ASM_HEADER_INVALID", message, remedy }];
}
