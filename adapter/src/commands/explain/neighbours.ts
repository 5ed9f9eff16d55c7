import { NEIGHBOURS, type Problem, problem } from "@asm-autoscaler/hpa-metrics";
import { metricPath } from "../../api/groups.ts";
import { delegateIn } from "../../delegates/forward.ts";
import { claimants, type MetricRead, type Routed } from "../../delegates/routing.ts";
import type { Kubernetes } from "../../kubernetes/client.ts";
import { formatSelector } from "../../kubernetes/labelSelector.ts";
import { readServed } from "./apiState.ts";
import type { ApiState, Facts, NeighbourMetric } from "./facts.ts";
import { type Reason, wrong } from "./reason.ts";

/**
 * Reads a metric of a neighbour from the external metrics API.
 * @param notOurs The problem that the HPA's annotations have with it.
 */
export async function readNeighbourMetric(
  kubernetes: Kubernetes,
  read: MetricRead,
  delegates: readonly Routed[],
  notOurs: Problem | undefined,
): Promise<NeighbourMetric> {
  const { namespace, metric } = read;
  const selector = formatSelector(read.selector);
  const query = selector === "" ? "" : `?labelSelector=${encodeURIComponent(selector)}`;
  // Whoever writes an HPA must not write the commands that its reader copies. Nothing else ends the quotes.
  const target = `${metricPath(namespace, metric)}${query}`.replaceAll("'", "%27");
  const neighbour = Object.entries(NEIGHBOURS).find(
    ([, { routing }]) => typeof routing === "object" && read.selector.some(({ key }) => key === routing.selector),
  )?.[0];
  const nothing = notOurs ?? problem("ASM_METRIC_NOT_SERVED", "the API has no value of it");
  let answeredBy: string | undefined;
  const served = await readServed(kubernetes, namespace, metric, selector, nothing, (via) => {
    answeredBy = delegateIn(via);
  });
  const isEmpty = served.kind === "problem" && served.problem === nothing && answeredBy !== undefined;
  return {
    ...{ name: metric, selector, command: `kubectl get --raw '${target}'` },
    delegates: claimants(read, delegates, () => false).map(({ name }) => name),
    ...(answeredBy === undefined ? {} : { answeredBy }),
    ...(neighbour === undefined ? {} : { neighbour }),
    served: isEmpty ? { kind: "problem", problem: { ...EMPTY, code: "" }, noData: false } : served,
  };
}

const EMPTY = { message: "a list without values", remedy: "Look at the log of the adapter that has the metric" };

/** Says through whom a metric of a neighbour is served: `kube-system/asm-metrics-adapter and its delegate "keda"`. */
export function throughWords(metric: NeighbourMetric, api: ApiState): string {
  const { neighbour } = metric;
  const delegate = delegateOf(metric);
  const service = "service" in api ? api.service : "a Service that is not known";
  if (delegate !== undefined) return `through ${service} and its delegate "${delegate}"`;
  const direct = Object.entries(NEIGHBOURS).find(([, { service: own }]) => own.startsWith(`${service}:`))?.[0];
  if (direct !== undefined) return `by ${direct} itself (${service})`;
  return `through ${service}${neighbour === undefined ? "" : ` by the label of ${neighbour}`}`;
}

/** The first metric of a neighbour for which the API has no value, or for which it cannot be read and is failing. */
export function neighbourFails({ api, hpa, neighbours }: Facts): Reason | undefined {
  const isFailing = hpa.conditions.some(
    ({ type, status, reason }) =>
      type === "ScalingActive" && status === "False" && reason === "FailedGetExternalMetric",
  );
  for (const metric of neighbours) {
    const { name, served } = metric;
    if (served.kind === "number" || (served.kind === "unknown" && !isFailing)) continue;
    const subject = `${name}, served ${throughWords(metric, api)},`;
    if (served.kind === "unknown")
      return wrong(
        "neighbour-unknown",
        `${subject} has no value for the HPA controller, and cannot be read from here: ${served.why}`,
        "Ask for the right to list external.metrics.k8s.io, or let an administrator run kubectl get --raw",
      );
    const { code, message } = served.problem;
    const answer = `${code === "" ? "" : `${code}: `}${message}`.split("\n")[0] ?? "";
    return wrong(code || "neighbour-fails", `${subject} has no value; the API answers: ${answer}`, remedyOf(metric));
  }
  return undefined;
}

/** The delegate that answered, or else the one that should. */
function delegateOf({ answeredBy, delegates: [delegate] }: NeighbourMetric): string | undefined {
  return answeredBy ?? delegate;
}

function remedyOf(metric: NeighbourMetric): string {
  const { neighbour, served } = metric;
  const delegate = delegateOf(metric);
  if (delegate !== undefined) return `Look at the log of "${delegate}", and read the metric with kubectl get --raw`;
  if (neighbour !== undefined)
    return `Check that the adapter has --delegate=${neighbour}, and look at the log of ${neighbour}`;
  const isNobody = served.kind === "problem" && served.problem.code === "ASM_METRIC_NOT_SERVED";
  return isNobody ? served.problem.remedy : "Look at the log of the adapter that has the metric";
}
