import { problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import { quote } from "../kubernetes/quote.ts";
import type { Attributes } from "../kubernetes/requestAttributes.ts";

/**
 * A Kubernetes `Status`: the body of every answer that is not data. The keys have the API server's order.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Record<string, never>;
  readonly status: "Failure";
  /** Shown to the user unchanged. The HPA controller copies it to the HPA's condition. */
  readonly message: string;
  readonly reason: string;
  /** Never contains `retryAfterSeconds`: one of the HPA controller's five workers would sleep before the retry. */
  readonly details?: { readonly group?: string; readonly kind?: string };
  readonly code: number;
}

function failure(code: number, reason: string, message: string, details?: Status["details"]): Status {
  const head = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason } as const;
  return details ? { ...head, details, code } : { ...head, code };
}

export function badRequest(message: string): Status {
  return failure(400, "BadRequest", message);
}

/** Answers invalid credentials. The client does not get the reason; log it. */
export function unauthorized(): Status {
  return failure(401, "Unauthorized", "Unauthorized");
}

/** `user` is not authorized for `attributes`. `why` is the authorizer's reason. The wording is the API server's. */
export function forbidden(user: string, attributes: Attributes, why = ""): Status {
  // Escapes text that looks like HTML. Quotes are safe (apiserver: responsewriters/errors.go).
  const safe = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const because = why === "" ? "" : `: ${why}`;
  if (!attributes.resourceRequest) {
    const { verb, path } = attributes;
    const message = safe(`forbidden: User ${quote(user)} cannot ${verb} path ${quote(path)}`);
    return failure(403, "Forbidden", `${message}${because}`, {});
  }
  const { verb, group, namespace, subresource } = attributes;
  const resource = subresource === "" ? attributes.resource : `${attributes.resource}/${subresource}`;
  const scope = namespace === "" ? "at the cluster scope" : `in the namespace ${quote(namespace)}`;
  const name = attributes.name === "" ? "" : ` ${quote(attributes.name)}`;
  const what = safe(
    `User ${quote(user)} cannot ${verb} resource ${quote(resource)} in API group ${quote(group)} ${scope}`,
  );
  const message = `${attributes.resource}.${group}${name} is forbidden: ${what}${because}`;
  return failure(403, "Forbidden", message, { group, kind: attributes.resource });
}

export function notFound(): Status {
  return failure(404, "NotFound", "the server could not find the requested resource", {});
}

export function methodNotAllowed(): Status {
  const message = "the server does not allow this method on the requested resource";
  return failure(405, "MethodNotAllowed", message, {});
}

export function watchNotSupported(group: string): Status {
  const message = `watch is not supported on resources of kind "*.${group}"`;
  return failure(405, "MethodNotAllowed", message, { group, kind: "*" });
}

export function notAcceptable(available: readonly string[]): Status {
  const message = `406: Not Acceptable\n\nAvailable representations: ${available.join(", ")}`;
  return failure(406, "NotAcceptable", message, {});
}

export function bodyRefused(): Status {
  return failure(413, "RequestEntityTooLarge", "a request to this API has no body; send it without one", {});
}

/** Answers after an exception. The answer contains neither the cause nor the stack. */
export function internalError(): Status {
  const message = "Internal error occurred: the adapter failed to answer; see the adapter's log";
  return failure(500, "InternalError", message, {});
}

/** The authorization check failed. The API server also answers this with an internal error. */
export function permissionUnknown(user: string): Status {
  const message = `Internal error occurred: the API server could not be asked what user ${quote(user)} may; look whether it is up, and whether the adapter may create subjectaccessreviews (ClusterRole system:auth-delegator)`;
  return failure(500, "InternalError", message, {});
}

/** The adapter cannot verify the credentials yet. */
export function starting(): Status {
  const message = "the adapter does not know yet whom the API server trusts";
  return failure(503, "ServiceUnavailable", problemLine(problem("ASM_STARTING", message)));
}

/** The API server has not reviewed the token. */
export function tokenNotReviewed(): Status {
  const message = "the adapter cannot verify the bearer token now";
  const remedy = "Retry; if this lasts, see the adapter's log.";
  return failure(503, "ServiceUnavailable", problemLine(problem("ASM_TOKEN_NOT_REVIEWED", message, { remedy })));
}

/** This kind of client is at its concurrency limit. The answer has no retry time; see `details`. */
export function overloaded(): Status {
  const message = "the adapter is at its concurrency limit for this kind of client; retry";
  return failure(503, "ServiceUnavailable", message);
}

/** A reading is not available. `message` names the HPA, the cause and the remedy. */
export function readingUnavailable(message: string): Status {
  return failure(503, "ServiceUnavailable", message);
}

const CUSTOM_REASONS = { 400: "BadRequest", 404: "NotFound", 500: "InternalError", 503: "ServiceUnavailable" } as const;

/** A custom metric has no value. `message` names the rule or the HPA, the cause and the remedy. */
export function customUnavailable(code: keyof typeof CUSTOM_REASONS, message: string): Status {
  return failure(code, CUSTOM_REASONS[code], message);
}

/** A request other than a metric read exceeded its deadline. */
export function answerLate(milliseconds: number): Status {
  const message = `the request was not answered within ${milliseconds} ms; check that the API server answers the adapter`;
  return failure(504, "Timeout", message, {});
}

/** Prometheus did not answer within the deadline. `where` says of which objects the metric is. */
export function deadlineExceeded(metric: string, where: string, milliseconds: number): Status {
  const message = `no reading of metric ${quote(metric)} ${where} within ${milliseconds} ms; check that Prometheus answers its query`;
  return failure(504, "Timeout", message, {});
}
