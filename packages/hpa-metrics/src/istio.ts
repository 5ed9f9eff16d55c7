import { promDuration } from "./duration";
import { selector } from "./selector";

/** Whose requests are counted, by whom and over how long. */
export interface RequestRateArgs {
  /** Name of the workload (Deployment, StatefulSet …) that receives the requests. */
  readonly workload: string;
  /** Namespace of that workload. */
  readonly namespace: string;
  /** The proxy that reports: the receiver's sidecar (default), the senders' sidecars, or an ambient waypoint. */
  readonly reporter?: "destination" | "source" | "waypoint";
  /** Window of the rate in seconds. Default 60; it should hold four scrapes. */
  readonly windowSeconds?: number;
}

/**
 * Requests per second that reach a workload, over all its pods: Istio's standard metric `istio_requests_total`
 * (https://istio.io/latest/docs/reference/config/metrics/) as the ASM guide queries it.
 *
 * @throws RangeError for an empty workload or namespace, which would count strangers, and for a bad window.
 */
export function requestsPerSecondQuery(args: RequestRateArgs): string {
  if (args.workload === "") throw new RangeError("the workload whose requests are counted has no name");
  if (args.namespace === "")
    throw new RangeError("the namespace of the workload whose requests are counted has no name");
  const requests = selector("istio_requests_total", [
    { label: "destination_workload", operator: "=", value: args.workload },
    { label: "destination_workload_namespace", operator: "=", value: args.namespace },
    { label: "reporter", operator: "=", value: args.reporter ?? "destination" },
  ]);
  return `sum(rate(${requests}[${promDuration(args.windowSeconds ?? 60)}]))`;
}
