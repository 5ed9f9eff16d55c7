import { setTimeout as pause } from "node:timers/promises";
import { problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import type { Kubernetes } from "../kubernetes.ts";

/** A response of the API server with a status of 400 or more. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** HTTP status code. */
  readonly status: number;

  constructor(method: string, path: string, status: number, body: string) {
    const message = `The API server answered ${method} ${path} with ${status}: ${statusMessage(body)}`;
    super(problemLine(problem("ASM_KUBERNETES_REFUSED", message)));
    this.status = status;
  }
}

/** Merge type of a PATCH. */
export type Merge = "strategic-merge-patch" | "merge-patch" | "apply-patch";

/**
 * One request to the API server with a JSON body and a JSON response. The timeout is 30 s. The response is not checked:
 * the API server validates its objects, so `T` is the type that its API documents.
 * @param merge Merge type of a PATCH. Other methods send plain JSON.
 * @throws Refusal for a status of 400 or more.
 */
export async function serverCall<T>(
  kubernetes: Kubernetes,
  method: "GET" | "POST" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
  merge?: Merge,
): Promise<T> {
  // Server-side apply is registered for YAML. JSON is valid YAML.
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
 * Retries until it succeeds or `signal` is aborted. The delays double from `firstPause` to ten times `firstPause`.
 * @param firstPause Milliseconds.
 * @param onFault Called for every failed attempt. If it throws, the retries end. Use this for a permanent error.
 * @throws AbortError if `signal` is aborted, or the error that `onProblem` throws.
 */
export async function untilDone<T>(
  attempt: () => Promise<T>,
  options: { firstPause: number; signal: AbortSignal; onProblem(problem: unknown): void },
): Promise<T> {
  const { firstPause, signal, onProblem } = options;
  for (let wait = firstPause; ; wait = Math.min(wait * 2, firstPause * 10)) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (problem) {
      onProblem(problem);
    }
    await pause(wait, undefined, { signal });
  }
}

function statusMessage(body: string): string {
  try {
    const status: unknown = JSON.parse(body);
    if (status !== null && typeof status === "object" && "message" in status) return String(status.message);
  } catch {
    // Not a Status object: a proxy or the aggregator responds in plain text.
  }
  return body.trim();
}
