import type { ServerResponse } from "node:http";
import { stringify } from "yaml";
import { type Representation, YAML_TYPE } from "./contentNegotiation.ts";
import type { Status } from "./status.ts";

/** An HTTP answer. The body is an object, plain text, bytes with their own `Content-Type`, or empty. */
export interface Answer {
  readonly code: number;
  readonly body: object | string | Buffer | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the object never changes. It is then encoded once for all its answers. */
  readonly isUnchanging?: boolean;
}

export function answerWith(status: Status): Answer {
  return { code: status.code, body: status, headers: { "X-Content-Type-Options": "nosniff" } };
}

/** How to write one answer. */
export interface Writing {
  /** The media type: JSON or YAML. */
  readonly type: Representation["type"];
  readonly pretty: boolean;
  /** The request's Audit-Id. The answer repeats it. */
  readonly auditId: string | undefined;
  /** Whether to send `Connection: close`. */
  readonly close: boolean;
}

/** Writes an answer with the headers that the API server sends with every answer. */
export function writeAnswer(response: ServerResponse, answer: Answer, { type, pretty, auditId, close }: Writing): void {
  const { code, body, headers = {}, isUnchanging = false } = answer;
  // One text with its encoding, because Node sends a text and the headers before it with one write. Latin-1 keeps bytes.
  const isBytes = Buffer.isBuffer(body);
  const encoding = isBytes ? "latin1" : "utf8";
  const text = isBytes ? body.toString("latin1") : textOf(body, { type, pretty, isUnchanging });
  response.writeHead(code, {
    ...(auditId === undefined ? {} : { "Audit-Id": auditId }),
    "Cache-Control": "no-cache, private",
    ...(body === undefined ? {} : { "Content-Type": typeof body === "string" ? "text/plain; charset=utf-8" : type }),
    ...(code === 304 ? {} : { "Content-Length": Buffer.byteLength(text, encoding) }),
    ...(close ? { Connection: "close" } : {}),
    ...headers,
  });
  response.end(text, encoding);
}

/** How to encode an object. */
interface Encoding extends Pick<Writing, "type" | "pretty"> {
  readonly isUnchanging: boolean;
}

function textOf(body: object | string | undefined, encoding: Encoding): string {
  return typeof body === "object" ? encode(body, encoding) : (body ?? "");
}

const UNSAFE: ReadonlyMap<string, string> = new Map([
  ["<", "\\u003c"],
  [">", "\\u003e"],
  ["&", "\\u0026"],
  ["\u2028", "\\u2028"],
  ["\u2029", "\\u2029"],
]);

/**
 * Size limits in characters. A larger answer is written as JSON instead of YAML block style, or without indentation.
 */
const MOST_YAML = 16 * 1024;
const MOST_PRETTY = 1024 * 1024;

/** Go's YAML readers follow YAML 1.1. Strings that YAML 1.1 reads as another type (`on`, `no`, a time) are quoted. */
const YAML_FORM = { version: "1.1", sortMapEntries: true, indentSeq: false, lineWidth: 0 } as const;

/**
 * Encodes an object as JSON like Go's encoder: HTML characters are escaped. Compact JSON ends with a line feed,
 * indented JSON does not. In YAML, the keys are sorted.
 */
function encode(body: object, { type, pretty, isUnchanging }: Encoding): string {
  const compact = isUnchanging ? encodedOnce(body) : compactJson(body);
  // JSON is valid YAML. A thousand names in YAML block style would block the event loop for a tenth of a second.
  if (type === YAML_TYPE && compact.length <= MOST_YAML) return stringify(body, YAML_FORM);
  return pretty && compact.length <= MOST_PRETTY ? escaped(JSON.stringify(body, null, 2)) : compact;
}

function compactJson(body: object): string {
  return `${escaped(JSON.stringify(body))}\n`;
}

function escaped(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (character) => UNSAFE.get(character) ?? character);
}

const encodings = new WeakMap<object, string>();

function encodedOnce(body: object): string {
  const known = encodings.get(body);
  if (known !== undefined) return known;
  const json = compactJson(body);
  encodings.set(body, json);
  return json;
}
