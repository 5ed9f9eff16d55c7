import { oneLine, type Problem, ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { reason } from "../kubernetes/client.ts";
import { type ApiService, writerRemedy, writerWords } from "../serving/apiService.ts";
import { apiServiceWords, type ServedGroup } from "./apiGroups.ts";

/** The problem of an order that cannot be followed now. */
export function failed(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return problem("ASM_TAKE_OVER_FAILED", `the order to take over cannot be followed (${reason(error)})`);
}

/** The same for one group. */
export function failedFor({ apiServices }: ServedGroup, error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  const message = `the order to take ${apiServiceWords(apiServices)} over cannot be followed (${reason(error)})`;
  return problem("ASM_TAKE_OVER_FAILED", message);
}

/** The problem of an order about a group that this adapter does not serve. */
export function notServed(group: string, served: readonly ServedGroup[]): Problem {
  const known = served.map((one) => `\`${one.group}\``).join(" and ");
  const message = `the order names the API group "${oneLine(group, 100)}", which this adapter does not serve`;
  const remedy = `Write ${known} to \`data.groups\` of the ConfigMap \`asm-metrics-adapter-take-over\`, or remove this key. For \`custom.metrics.k8s.io\`, start the adapter with \`--prometheus-adapter-config\`.`;
  return problem("ASM_TAKE_OVER_GROUP", message, { remedy });
}

/**
 * Whoever creates the order and the APIService of this adapter in one program would otherwise delete the APIService next,
 * because the order stands in its place: Pulumi waits for `TakenOver` before it deletes anything.
 */
export function own({ name, owner }: ApiService): Problem {
  const message = `APIService ${name} was made for ${owner}, so there is nothing to take over`;
  const remedy = "Remove `takeOver`, or delete the ConfigMap `asm-metrics-adapter-take-over`.";
  return problem("ASM_TAKE_OVER_ABSENT", message, { remedy });
}

/** The problem of a cluster in which nobody has registered the API. */
export function absent({ apiServices }: ServedGroup): Problem {
  const message = `${apiServiceWords(apiServices)} ${apiServices.length === 1 ? "does" : "do"} not exist, so there is nothing to take over`;
  return problem("ASM_TAKE_OVER_ABSENT", message);
}

/** The problem of an adapter whose certificate comes from files. */
export function withoutCertificate(): Problem {
  const message =
    "this adapter does not make its own serving certificate, so it does not know the CA for the APIService";
  return problem("ASM_TAKE_OVER_CERTIFICATE", message);
}

/** The problem of an owner whose caBundle somebody writes. @param after the APIService without the adapter's CA */
export function contested(after: ApiService): Problem {
  const message =
    `${writerWords(after)} removes this adapter's CA from the caBundle of APIService ${after.name}, ` +
    `so HPAs would lose all metrics if this adapter replaced ${after.owner}`;
  return problem("ASM_TAKE_OVER_CONTESTED", message, { remedy: writerRemedy(after) });
}
