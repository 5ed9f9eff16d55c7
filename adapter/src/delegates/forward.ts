import { type Problem, problem, record } from "@asm-autoscaler/hpa-metrics";
import type { Answer } from "../api/answer.ts";
import type { DelegateFlags } from "../flags/delegateFlags.ts";
import { reason } from "../kubernetes/client.ts";
import { BodyTooLarge } from "../kubernetes/limitedBody.ts";
import { isLate } from "../prometheus/requestFailure.ts";
import { ADAPTER_VERSION } from "../version.ts";
import type { Connection, RawAnswer } from "./connection.ts";

/** The result of a forwarded read. */
export type Forwarded =
  | {
      readonly ok: true;
      readonly answer: Answer;
      /** The body of the answer, parsed. */
      readonly body: Readonly<Record<string, unknown>>;
    }
  /** `down` means that the delegate did not answer at all. */
  | { readonly ok: false; readonly problem: Problem; readonly down: boolean };

/** Maximum size of an answer in bytes. One metric has rarely more than some kilobytes. Parsing this much takes 10 ms. */
const MOST_BYTES = 1024 * 1024;
const JSON_TYPE = "application/json";

/** The name of this adapter in the `Via` header of a request to a delegate and of its answer (RFC 9110, section 7.6.3). */
export function viaOf(name: string): string {
  return `asm-metrics-adapter-${name}`;
}

const OWN_VIA = /\basm-metrics-adapter-[a-z0-9-]{1,63}(?![a-z0-9-])/g;
/** Number of entries of this adapter that are passed on. More cannot come from a chain without a loop. */
const MOST_HOPS = 8;

/** Whether a request has already been forwarded to this delegate. Forwarding it again could go on for ever. */
export function wasForwardedTo(name: string, via: string | undefined): boolean {
  const hops = hopsIn(via);
  return hops.includes(viaOf(name)) || hops.length >= MOST_HOPS;
}

/**
 * Headers of a request to a delegate. None of the client's headers is passed on: they can carry an identity, which the
 * delegate might believe because it trusts this adapter. Only the marks of this adapter are repeated.
 */
export function headersFor(name: string, token: string, via: string | undefined): Record<string, string> {
  return {
    accept: JSON_TYPE,
    "user-agent": `asm-metrics-adapter/${ADAPTER_VERSION}`,
    via: [...hopsIn(via), viaOf(name)].map((hop) => `1.1 ${hop}`).join(", "),
    authorization: `Bearer ${token}`,
  };
}

function hopsIn(via: string | undefined): string[] {
  return [...(via ?? "").slice(0, 2_000).matchAll(OWN_VIA)].map(([hop]) => hop);
}

/** The delegate that the `Via` header of an answer of this adapter names. */
export function delegateIn(via: string | undefined): string | undefined {
  return hopsIn(via)[0]?.slice(viaOf("").length);
}

/** A delegate in a message: `the delegate "keda" (Service keda/keda-operator-metrics-apiserver)`. */
export function titleOf({ name, service }: Pick<DelegateFlags, "name" | "service">): string {
  return `the delegate "${name}" (Service ${service.namespace}/${service.name})`;
}

/** Forwards one read and returns the delegate's status and body as they are. Never rejects. */
export async function forward(
  delegate: Pick<DelegateFlags, "name" | "service" | "timeoutMs">,
  connection: Pick<Connection, "get">,
  target: string,
  headers: Readonly<Record<string, string>>,
): Promise<Forwarded> {
  const { timeoutMs } = delegate;
  const who = titleOf(delegate);
  const unusable = (message: string): Forwarded => ({
    ok: false,
    problem: problem("ASM_DELEGATE_ANSWER", message),
    down: false,
  });
  try {
    const raw = await connection.get(target, headers, { timeoutMs, mostBytes: MOST_BYTES });
    const parsed = parse(raw);
    const flaw = typeof parsed === "string" ? parsed : flawOf(raw.status, parsed);
    if (typeof parsed === "string" || flaw !== undefined) return unusable(`${who} ${flaw}`);
    return { ok: true, answer: asItIs(raw), body: parsed };
  } catch (error) {
    if (error instanceof BodyTooLarge) return unusable(`of ${who}, ${reason(error)}`);
    const message = isLate(error)
      ? `${who} did not answer within ${timeoutMs / 1000} s`
      : `${who} cannot be reached: ${reason(error).slice(0, 300)}`;
    return { ok: false, problem: problem("ASM_DELEGATE_UNREACHABLE", message), down: true };
  }
}

/** Only the type is set here: no header of the delegate reaches the client, such as one that makes it wait. */
function asItIs({ status, body }: RawAnswer): Answer {
  return { code: status, body, headers: { "Content-Type": JSON_TYPE } };
}

/** Parses an answer. Returns what is wrong with it if it is not a JSON object of this API. */
function parse({ status, contentType, body }: RawAnswer): Readonly<Record<string, unknown>> | string {
  if (status >= 300 && status < 400) return `redirects (HTTP ${status}), and the adapter does not follow`;
  if (!contentType.toLowerCase().startsWith(JSON_TYPE))
    return `answered HTTP ${status} with ${contentType === "" ? "no content type" : contentType.slice(0, 60)} and not with JSON`;
  try {
    return record(JSON.parse(body.toString("utf8")));
  } catch {
    return `answered HTTP ${status} with text that is not JSON`;
  }
}

/** What is wrong with an answer, or undefined. Errors of the delegate are answers, too, if they are JSON. */
function flawOf(status: number, { kind, items }: Readonly<Record<string, unknown>>): string | undefined {
  if (status >= 200 && status < 300) {
    if (kind !== "ExternalMetricValueList") return `answered HTTP ${status} with no ExternalMetricValueList`;
    if (items !== null && !Array.isArray(items)) return "answered with a list without items";
    return items?.every(isObject) === false ? "answered with items that are no objects" : undefined;
  }
  return kind === "Status" ? undefined : `answered HTTP ${status} without a Status object`;
}

function isObject(item: unknown): boolean {
  return typeof item === "object" && item !== null && !Array.isArray(item);
}
