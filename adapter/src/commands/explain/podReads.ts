import { type DirectSpec, type ProblemCode, problems } from "@asm-autoscaler/hpa-metrics";
import { QUIET } from "../../direct/direct.ts";
import type { Kubernetes } from "../../kubernetes/client.ts";
import type { PodsValue, SourceValue } from "../../readings/reading.ts";
import { utc } from "../../readings/staleness.ts";
import { queryName } from "../../status/sentence.ts";
import type { ApiState, Facts, PodReads, ServedProblem, Value } from "./facts.ts";
import { findObstacle } from "./podObstacles.ts";
import { type Reason, wrong } from "./reason.ts";

/** Problems that an obstacle can explain. */
const OF_ACCESS = new Set(["ASM_DIRECT_CLOSED", "ASM_DIRECT_NO_SIDECAR", "ASM_DIRECT_PODS"]);

/** Finds out why the pods of a metric give no reading, if they give none. Never rejects. */
export async function readPodReads(
  { mode, target, plan }: DirectSpec,
  { namespace, served, api, kubernetes }: { namespace: string; served: Value; api: ApiState; kubernetes: Kubernetes },
): Promise<PodReads> {
  const problem = problemOf(served);
  if (!problem) return { mode };
  if (!OF_ACCESS.has(problem.code) || plan.reporter !== "destination") return { mode, problem };
  const obstacle = await findObstacle(kubernetes, { namespace, target, api });
  return { mode, problem, ...(obstacle ? { obstacle } : {}) };
}

/** The problem of the pods in what the API serves: beside a value of Prometheus, or alone. */
function problemOf(served: Value): ServedProblem | undefined {
  const found =
    served.kind === "number" ? served.source?.problem : served.kind === "problem" ? served.problem : undefined;
  if (!found) return undefined;
  // Without a reading, the message about Prometheus comes first.
  const [, code = found.code, message = found.message] =
    /the proxies give no reading: (ASM_\w+), (.*)/s.exec(found.message) ?? [];
  if (code.split("_")[1] !== "DIRECT" || QUIET.has(code) || !Object.hasOwn(problems, code)) return undefined;
  return { code, message, remedy: problems[code as ProblemCode].remedy };
}

/** Prints which source served the metric, or why the pods did not. */
export function podReadsWords({ mode, problem, obstacle }: PodReads, served: Value): string {
  const source = served.kind === "number" ? served.source : undefined;
  const from = source ? `${source.from === "pods" ? "the pods" : "Prometheus"} served it` : "";
  const pods = source?.pods && `the pods: ${valueWords(source.pods)}, ${countWords(source.pods)}`;
  const prometheus = source?.prometheus && `Prometheus: ${valueWords(source.prometheus)}`;
  const given = problem ?? source?.problem;
  const whose = source?.pods ? "Prometheus gives" : "the pods give";
  const low = source?.tooLow;
  const doubt = low && `the value of the pods may be too low: ${low.code}: ${low.message}`;
  const why = given && `${whose} none: ${given.code}: ${obstacle?.why ?? given.message}`;
  const parts = [from, pods, doubt, why, prometheus].filter((part) => part !== undefined && part !== "");
  if (parts.length > 0) return parts.join("; ");
  return mode === "fallback" ? "only while Prometheus does not answer" : "not known from here";
}

function valueWords({ value, evaluatedAt }: SourceValue): string {
  return `${Number(value.toPrecision(4))} at ${utc(evaluatedAt)}`;
}

function countWords({ pods, sampled, read }: PodsValue): string {
  return `${read} of ${sampled} read${sampled < pods ? ` (a sample of ${pods})` : ""}`;
}

/** The pods of a metric cannot be read, and nothing is served. */
export function podsUnread(facts: Facts): Reason | undefined {
  return reasonOf(facts, ({ kind }) => kind !== "number");
}

/** The pods of a metric cannot be read, and Prometheus serves it, which is slower. */
export function podsUnused(facts: Facts): Reason | undefined {
  return reasonOf(facts, ({ kind }) => kind === "number");
}

function reasonOf({ metrics }: Facts, isMatch: (served: Value) => boolean): Reason | undefined {
  for (const metric of metrics) {
    const { problem, obstacle } = metric.podReads ?? {};
    if (!problem || !isMatch(metric.served)) continue;
    const { id, why, remedy } = obstacle ?? { ...problem, id: problem.code, why: problem.message };
    const slower = metric.served.kind === "number" ? ", so Prometheus alone serves it and new pods come later" : "";
    return wrong(id, `${queryName(metric)}: ${why}${slower}`, remedy);
  }
  return undefined;
}
