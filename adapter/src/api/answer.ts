import type { ServerResponse } from "node:http";
import { pipeline, Readable } from "node:stream";
import { stringify } from "yaml";
import { type Representation, YAML_TYPE } from "./contentNegotiation.ts";
import type { Status } from "./status.ts";

/**
 * An HTTP answer. The body is an object, the JSON of a large object in parts, plain text, bytes with their own
 * `Content-Type`, or empty.
 */
export interface Answer {
  readonly code: number;
  readonly body: object | readonly Buffer[] | string | Buffer | undefined;
  readonly headers?: Readonly<Record<string, string>>;
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
  const { code, body, headers = {} } = answer;
  // One text with its encoding, because Node sends a text and the headers before it with one write. Latin-1 keeps bytes.
  const isBytes = Buffer.isBuffer(body);
  const encoding = isBytes ? "latin1" : "utf8";
  const parts = isParts(body) ? body : undefined;
  const text = isBytes ? body.toString("latin1") : parts ? "" : textOf(body, type, pretty);
  const length = parts?.reduce((sum, part) => sum + part.length, 0) ?? Buffer.byteLength(text, encoding);
  response.writeHead(code, {
    ...(auditId === undefined ? {} : { "Audit-Id": auditId }),
    "Cache-Control": "no-cache, private",
    ...(body === undefined ? {} : { "Content-Type": typeof body === "string" ? "text/plain; charset=utf-8" : type }),
    ...(code === 304 ? {} : { "Content-Length": length }),
    ...(close ? { Connection: "close" } : {}),
    ...headers,
  });
  if (parts) sendParts(response, parts);
  else response.end(text, encoding);
}

function isParts(body: Answer["body"]): body is readonly Buffer[] {
  return Array.isArray(body);
}

/**
 * Sends each part when the client has read the one before. The API server's probes do not read the body, and many of them
 * at once then cost little memory.
 */
function sendParts(response: ServerResponse, parts: readonly Buffer[]): void {
  pipeline(Readable.from(parts, { objectMode: true }), response, () => {
    // An error means that the client is gone.
  });
}

function textOf(body: object | string | undefined, type: Representation["type"], pretty: boolean): string {
  return typeof body === "object" ? encode(body, type, pretty) : (body ?? "");
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
function encode(body: object, type: Representation["type"], pretty: boolean): string {
  const compact = JSON.stringify(body);
  // JSON is valid YAML. A thousand names in YAML block style would block the event loop for a tenth of a second.
  if (type === YAML_TYPE && compact.length <= MOST_YAML) return stringify(body, YAML_FORM);
  return escapeHtml(pretty && compact.length <= MOST_PRETTY ? JSON.stringify(body, null, 2) : `${compact}\n`);
}

/** Escapes the characters in JSON that Go's encoder escapes. */
export function escapeHtml(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (character) => UNSAFE.get(character) ?? character);
}
