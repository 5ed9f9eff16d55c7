import { setTimeout as pause } from "node:timers/promises";
import type { Kubernetes } from "../kubernetes.ts";

/** An answer of the API server with a status of 400 or more. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** HTTP status code. */
  readonly status: number;

  constructor(method: string, path: string, status: number, body: string) {
    super(
      `ASM_KUBERNETES_REFUSED: The API server answered ${method} ${path} with ${status}: ${statusMessage(body)}. ` +
        "Correct what the message names.",
    );
    this.status = status;
  }
}

/** How a PATCH is merged. */
export type Merge = "strategic-merge-patch" | "merge-patch" | "apply-patch";

/**
 * One call of the API server with a JSON body and a JSON answer, at most 30 s long.
 * The answer is not checked: the API server validates its objects, so `T` is what its API documents.
 * @param merge Of a PATCH; other methods send plain JSON.
 * @throws Refusal for a status of 400 and more.
 */
export async function serverCall<T>(
  kubernetes: Kubernetes,
  method: "GET" | "POST" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
  merge?: Merge,
): Promise<T> {
  // Server-side apply is registered for YAML; JSON is YAML.
  const type = merge === "apply-patch" ? "apply-patch+yaml" : merge ? `${merge}+json` : "json";
  const response = await kubernetes.request(path, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { "content-type": `application/${type}` } }),
  });
  const text = await response.text();
  if (response.status >= 400) throw new Refusal(method, path, response.status, text);
  return JSON.parse(text) as T;
}

/**
 * Tries until it succeeds, with pauses that double from `firstPause` to ten times as much, until `signal` ends it.
 * @param firstPause Milliseconds.
 * @param onFault Told of every failed try. What it throws ends the trying, for a fault that will not go away.
 * @throws AbortError when `signal` ends it, or what `onFault` throws.
 */
export async function untilDone<T>(
  attempt: () => Promise<T>,
  options: { firstPause: number; signal: AbortSignal; onFault(fault: unknown): void },
): Promise<T> {
  const { firstPause, signal, onFault } = options;
  for (let wait = firstPause; ; wait = Math.min(wait * 2, firstPause * 10)) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (fault) {
      onFault(fault);
    }
    await pause(wait, undefined, { signal });
  }
}

function statusMessage(body: string): string {
  try {
    const status: unknown = JSON.parse(body);
    if (status !== null && typeof status === "object" && "message" in status) return String(status.message);
  } catch {
    // Not a Status object: a proxy or the aggregator answers in plain text.
  }
  return body.trim();
}
