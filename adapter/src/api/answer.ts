import type { ServerResponse } from "node:http";
import { stringify } from "yaml";
import { type Representation, YAML_TYPE } from "./contentNegotiation.ts";
import type { Status } from "./status.ts";

/** What is sent back: an object, a plain text, or nothing. */
export interface Answer {
  readonly code: number;
  readonly body: object | string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export function answerWith(status: Status): Answer {
  return { code: status.code, body: status, headers: { "X-Content-Type-Options": "nosniff" } };
}

/** How one answer is written. */
export interface Writing {
  /** JSON, indented as for curl, or YAML. */
  readonly type: Representation["type"];
  readonly pretty: boolean;
  /** The request's Audit-Id, sent back. */
  readonly auditId: string | undefined;
  /** Tell the client that this connection ends here. */
  readonly close: boolean;
}

/** Writes an answer with the headers that every answer of the API server has. */
export function writeAnswer(response: ServerResponse, answer: Answer, { type, pretty, auditId, close }: Writing): void {
  const { code, body, headers = {} } = answer;
  const text = typeof body === "object" ? encode(body, type, pretty) : (body ?? "");
  const bytes = Buffer.from(text);
  response.writeHead(code, {
    ...(auditId === undefined ? {} : { "Audit-Id": auditId }),
    "Cache-Control": "no-cache, private",
    ...(body === undefined ? {} : { "Content-Type": typeof body === "string" ? "text/plain; charset=utf-8" : type }),
    ...(code === 304 ? {} : { "Content-Length": bytes.length }),
    ...(close ? { Connection: "close" } : {}),
    ...headers,
  });
  response.end(bytes);
}

const UNSAFE: ReadonlyMap<string, string> = new Map([
  ["<", "\\u003c"],
  [">", "\\u003e"],
  ["&", "\\u0026"],
  ["\u2028", "\\u2028"],
  ["\u2029", "\\u2029"],
]);

/** Larger answers are not written in YAML's own form, and not indented, characters. */
const MOST_YAML = 16 * 1024;
const MOST_PRETTY = 1024 * 1024;

/** Texts that YAML 1.1, which Go's readers go by, takes for something else (`on`, `no`, a time) are put in quotes. */
const YAML_FORM = { version: "1.1", sortMapEntries: true, indentSeq: false, lineWidth: 0 } as const;

/**
 * JSON as Go's encoder writes it: nothing in it reads as HTML; one line ends with a line feed, an indented text does not.
 * YAML has its keys sorted.
 */
function encode(body: object, type: Representation["type"], pretty: boolean): string {
  const compact = JSON.stringify(body);
  // JSON is YAML too. A thousand names as YAML's own form would hold the event loop for a tenth of a second.
  if (type === YAML_TYPE && compact.length <= MOST_YAML) return stringify(body, YAML_FORM);
  const json = pretty && compact.length <= MOST_PRETTY ? JSON.stringify(body, null, 2) : `${compact}\n`;
  return json.replace(/[<>&\u2028\u2029]/g, (character) => UNSAFE.get(character) ?? character);
}
