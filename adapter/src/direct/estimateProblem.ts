import { counted, oneLine, type Problem, type ProblemCode, problem } from "@asm-autoscaler/hpa-metrics";
import type { Estimate } from "./estimate.ts";
import type { UnreadPod } from "./workload.ts";

const OF_FAILURE: Readonly<Record<UnreadPod["failure"], ProblemCode>> = {
  closed: "ASM_DIRECT_CLOSED",
  answer: "ASM_DIRECT_ANSWER",
  labels: "ASM_DIRECT_LABELS",
  large: "ASM_DIRECT_LARGE",
  "no-sidecar": "ASM_DIRECT_NO_SIDECAR",
  address: "ASM_DIRECT_ADDRESS",
  busy: "ASM_DIRECT_LIMIT",
};

/**
 * The problem of a workload whose proxies give no value.
 * @param name of the workload: `Deployment shop/web`
 * @param unread the pods that serve and cannot be read
 */
export function estimateProblem(result: Estimate & { ok: false }, name: string, unread: readonly UnreadPod[]): Problem {
  const { why, pods, sampled, read } = result;
  // Of a large workload, only a sample is read.
  const of =
    sampled < pods ? `the ${sampled} pods of ${name} that stand for its ${pods}` : `${counted(pods, "pod")} of ${name}`;
  switch (why) {
    case "no-pods":
      return problem("ASM_DIRECT_NO_PODS", `${name} has no pod that is ready`);
    case "starting":
      return problem("ASM_DIRECT_STARTING", `the proxies of ${name} are read for less than the window of the query`);
    case "no-flush":
      return problem("ASM_DIRECT_FLUSH", `the proxies of ${name} update their histograms less often than every 5 s`);
    case "no-match":
      return problem(
        "ASM_DIRECT_LABELS",
        `the proxies of ${name} have the metric, but no series with the query's labels`,
      );
    case "no-series":
      return problem(
        "ASM_DIRECT_NO_SERIES",
        `none of the ${counted(read, "proxy").replace("proxys", "proxies")} of ${name} has counted a request yet`,
      );
    case "idle":
      return problem("ASM_DIRECT_IDLE", `no request of ${name} ended in the last seconds, so the query has no number`);
    case "large":
      return problem("ASM_DIRECT_LARGE", `the proxies of ${name} have too many series`);
    case "over-budget":
      return problem("ASM_DIRECT_QUERY", `its regular expressions take too long on the series of ${name}`);
    case "not-additive":
      return read < sampled
        ? problem(
            "ASM_DIRECT_PODS",
            `${sampled - read} of ${of} are not read, and the query is not a sum that can be made up for`,
          )
        : problem(
            "ASM_DIRECT_LIMIT",
            `only ${read} of the ${pods} pods of ${name} are read, and the query is not a sum that can be made up for`,
          );
    case "missing": {
      const [first] = unread;
      const failures = new Set(unread.map(({ failure }) => OF_FAILURE[failure]));
      const [only] = failures;
      const code = only !== undefined && failures.size === 1 ? only : "ASM_DIRECT_PODS";
      const example = first ? `, such as ${first.name}: ${oneLine(first.sentence, 200)}` : "";
      return problem(code, `${sampled - read} of ${of} cannot be read${example}`);
    }
  }
}
