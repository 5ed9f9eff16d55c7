import {
  EXTERNAL_API_SERVICE,
  type ProblemCode,
  parseQuantity,
  problem,
  problems,
  record,
  recordsIn,
} from "@asm-autoscaler/hpa-metrics";
import { SOURCE_HEADER } from "../../api/dependencies.ts";
import { metricPath } from "../../api/groups.ts";
import { hasStatus, type Kubernetes, reason } from "../../kubernetes/client.ts";
import type { ReadingSource } from "../../readings/reading.ts";
import { parseSource } from "../../readings/sourceText.ts";
import { apiServicePath } from "../../serving/apiService.ts";
import type { ApiState, ServedProblem, Value } from "./facts.ts";

/** Reads which Service serves a metrics API of the cluster, from its APIService. Defaults to external metrics. */
export async function readApiState(
  kubernetes: Kubernetes,
  apiService: string = EXTERNAL_API_SERVICE,
): Promise<ApiState> {
  try {
    const object = await kubernetes.call("GET", apiServicePath(apiService));
    const { namespace, name } = record(record(record(object)["spec"])["service"]);
    const service = `${String(namespace)}/${String(name)}`;
    const conditions = record(record(object)["status"])["conditions"];
    const available = recordsIn(conditions).find(({ type }) => type === "Available");
    if (available?.["status"] === "True") return { kind: "available", service };
    const why = available ? `${String(available["reason"])}: ${String(available["message"])}` : "not checked yet";
    return { kind: "unavailable", service, why };
  } catch (error) {
    if (hasStatus(error, 404)) return { kind: "absent" };
    return { kind: "unknown", why: reason(error) };
  }
}

/**
 * Reads the current value of a metric as the HPA controller would: the sum of all values in the API's answer.
 * @param nothing The problem if there are no values.
 * @param onVia Receives the `Via` header of the answer.
 */
export async function readServed(
  kubernetes: Kubernetes,
  namespace: string,
  name: string,
  labelSelector: string,
  nothing: ServedProblem = UNSERVED,
  onVia: (via: string | undefined) => void = () => undefined,
): Promise<Value> {
  try {
    let source: ReadingSource | undefined;
    const answer = await kubernetes.call("GET", metricPath(namespace, name), {
      query: { labelSelector },
      onHeaders(headers) {
        onVia(headers["via"]?.toString());
        source = parseSource(String(headers[SOURCE_HEADER.toLowerCase()] ?? ""));
      },
    });
    const { items } = record(answer);
    const values = recordsIn(items);
    if (values.length === 0) return { kind: "problem", problem: nothing, noData: false };
    const milli = values.reduce((sum, { value }) => sum + parseQuantity(String(value)).milli, 0n);
    const [first] = values;
    const quantity = values.length === 1 ? String(first?.["value"]) : `${milli}m`;
    return { kind: "number", quantity, milli, at: String(first?.["timestamp"]), ...(source ? { source } : {}) };
  } catch (error) {
    if (hasStatus(error, 401, 403)) return { kind: "unknown", why: `you may not read it: ${reason(error)}` };
    return { kind: "problem", problem: servedProblem(reason(error)), noData: false };
  }
}

const UNSERVED = problem(
  "ASM_METRIC_NOT_SERVED",
  "the API does not serve the metric, although the HPA's annotations are valid",
  { severity: "error", remedy: "Check which Service serves the API, and see the adapter's log about this HPA" },
);

/** Extracts this adapter's own message from an error of the API server. */
export function servedProblem(message: string): ServedProblem {
  const [, code = "", sentence = message] = /\b(ASM_[A-Z_]+): (.*)/s.exec(message) ?? [];
  const known = Object.hasOwn(problems, code) ? problems[code as ProblemCode].remedy : "";
  const end = known === "" ? -1 : sentence.indexOf(known);
  // Without the remedy, and without the query that follows it.
  if (end > 0) return { code, message: sentence.slice(0, end).replace(/\.\s*$/, ""), remedy: known };
  return { code, message: sentence, remedy: "See the adapter's log about this HPA" };
}
