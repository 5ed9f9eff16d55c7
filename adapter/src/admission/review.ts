import { type Problem, problemLine, record, runToEnd } from "@asm-autoscaler/hpa-metrics";
import { type Hpa, parseHpa } from "../hpas/hpa.ts";

/** The answer to an AdmissionReview (`admission.k8s.io/v1`). */
export interface AdmissionReview {
  readonly apiVersion: "admission.k8s.io/v1";
  readonly kind: "AdmissionReview";
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly status?: { readonly code: number; readonly reason: string; readonly message: string };
    readonly warnings?: readonly string[];
  };
}

/**
 * Reviews an HPA at `kubectl apply`. The messages are those that the adapter would report later. A problem of severity
 * error rejects the HPA. A warning is printed and the HPA is admitted. An update that does not change the metrics is
 * always admitted, and so is an HPA that is being deleted. Otherwise users could not relabel or delete HPAs that are
 * older than the webhook.
 *
 * @param body The parsed body of the request.
 * @param faultsOf Finds all problems of an HPA, in steps.
 * @returns undefined when the body is not an AdmissionReview of an HPA, or when the API server would not accept the
 * HPA.
 */
export function* judgeInSteps(
  body: unknown,
  problemsOf: (hpa: Hpa) => Generator<undefined, readonly Problem[]>,
): Generator<undefined, AdmissionReview | undefined> {
  const { uid, object, oldObject, namespace } = record(record(body)["request"]);
  if (record(body)["kind"] !== "AdmissionReview" || typeof uid !== "string" || uid.length > MOST_UID) return undefined;
  // The object can omit its namespace. The request then has it.
  const hpa = parseHpa(placed(object, namespace));
  if (!hpa || !isPossible(object, hpa)) return undefined;
  yield;
  const before = parseHpa(placed(oldObject, namespace));
  const leaving = record(record(object)["metadata"])["deletionTimestamp"] !== undefined;
  if (leaving || before?.fingerprint === hpa.fingerprint) return review(uid, []);
  return review(uid, yield* problemsOf(hpa));
}

/** Runs `judgeInSteps` without pauses. */
export function judge(
  body: unknown,
  problemsOf: (hpa: Hpa) => Generator<undefined, readonly Problem[]>,
): AdmissionReview | undefined {
  return runToEnd(judgeInSteps(body, problemsOf));
}

const MOST_UID = 128;
/** Limits of Kubernetes in characters: a name, a qualified annotation key, and all annotations of an object. */
const MOST_NAME = 253;
const MOST_KEY = 317;
const MOST_ANNOTATIONS = 256 * 1024;

/**
 * Whether the API server accepts an object of these sizes.
 * Source: apimachinery/pkg/api/validation/objectmeta.go
 */
function isPossible(object: unknown, { id, namespace }: Hpa): boolean {
  const entries = Object.entries(record(record(record(object)["metadata"])["annotations"]));
  const size = entries.reduce((sum, [key, value]) => sum + key.length + String(value).length, 0);
  return (
    namespace.length <= MOST_NAME &&
    id.length - namespace.length <= MOST_NAME + 1 &&
    size <= MOST_ANNOTATIONS &&
    entries.every(([key, value]) => key.length <= MOST_KEY && typeof value === "string")
  );
}

function placed(object: unknown, namespace: unknown): unknown {
  const metadata = record(record(object)["metadata"]);
  // An object with generateName does not have a name yet.
  const name = metadata["name"] ?? metadata["generateName"];
  return { ...record(object), metadata: { ...metadata, name, namespace: metadata["namespace"] ?? namespace } };
}

function review(uid: string, problems: readonly Problem[]): AdmissionReview {
  const errors = problems.filter(({ severity }) => severity === "error");
  const warnings = problems.filter(({ severity }) => severity === "warning").map(problemLine);
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: {
      uid,
      allowed: errors.length === 0,
      ...(errors.length > 0 ? { status: { code: 422, reason: "Invalid", message: errors.map(shown).join("\n") } } : {}),
      ...(warnings.length > 0 ? { warnings } : {}),
    },
  };
}

/** Formats a problem: its line, followed by the details of its message, such as the line of the query with a caret. */
function shown(problem: Problem): string {
  return [problemLine(problem), ...problem.message.split("\n").slice(1)].join("\n");
}
