import { type Problem, ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { reason } from "../kubernetes/client.ts";
import { API_SERVICE, type ApiService, writerRemedy, writerWords } from "../serving/apiService.ts";

/** The problem of an order that cannot be followed now. */
export function failed(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return problem("ASM_TAKE_OVER_FAILED", `the order to take the APIService over cannot be followed (${reason(error)})`);
}

/**
 * Whoever creates the order and the APIService of this adapter in one program would otherwise delete the APIService next,
 * because the order stands in its place: Pulumi waits for `TakenOver` before it deletes anything.
 */
export function own({ owner }: ApiService): Problem {
  const message = `APIService ${API_SERVICE} was made for ${owner}, so there is nothing to take over`;
  const remedy = "Remove `takeOver`, or delete the ConfigMap `asm-metrics-adapter-take-over`.";
  return problem("ASM_TAKE_OVER_ABSENT", message, { remedy });
}

/** The problem of a cluster in which nobody has registered the API. */
export function absent(): Problem {
  return problem("ASM_TAKE_OVER_ABSENT", `APIService ${API_SERVICE} does not exist, so there is nothing to take over`);
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
    `${writerWords(after)} removes this adapter's CA from the caBundle of APIService ${API_SERVICE}, ` +
    `so HPAs would lose all metrics if this adapter replaced ${after.owner}`;
  return problem("ASM_TAKE_OVER_CONTESTED", message, { remedy: writerRemedy(after) });
}
