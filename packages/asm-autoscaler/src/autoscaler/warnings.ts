import * as pulumi from "@pulumi/pulumi";
import { faultLine } from "hpa-metrics";
import { later } from "../arguments/later";
import type { Mistake } from "../arguments/mistake";
import type { AutoscalerDraft, MetricDraft } from "./draft";
import { DEFAULT_SCRAPE_SECONDS, LEAST_SCRAPES, WANTED_SCRAPES } from "./queries";

/** Shows warnings on a resource. One that was shown is not shown again: arguments are looked at twice. */
export function warner(resource: pulumi.Resource): (warnings: readonly Mistake[]) => void {
  const shown = new Set<string>();
  return (warnings) => {
    for (const { path, code, message, remedy } of warnings) {
      const line = `${path}: ${faultLine({ code, severity: "warning", message, remedy })}`;
      if (shown.has(line)) continue;
      shown.add(line);
      // It is delivered in its own time, and a lost warning is told by the SDK on stderr.
      void pulumi.log.warn(line, resource);
    }
  };
}

/** What the API server takes and production will regret, as far as it is known. */
export function autoscalerWarnings(known: AutoscalerDraft): Mistake[] {
  const { metrics } = known;
  if (metrics === later || metrics === undefined) return [];
  return metrics.flatMap((metric, index) => {
    if (metric === later || metric === undefined) return [];
    const path = `metrics[${index}]`;
    return [...windowWarnings(path, metric, known), ...capacityWarnings(metric, known)];
  });
}

/** A Deployment that sets its own number of replicas. */
export function replicasWarning(replicas: number): Mistake {
  return {
    path: "deployment",
    code: "ASM_REPLICAS_FIXED",
    message: `The Deployment sets spec.replicas to ${replicas}, and each update of it would undo what was scaled`,
    remedy: "Leave spec.replicas out; if ignoreChanges has it, give the Deployment's name as target instead",
  };
}

function windowWarnings(path: string, { windowSeconds }: MetricDraft, known: AutoscalerDraft): Mistake[] {
  const scrape = known.scrapeIntervalSeconds ?? DEFAULT_SCRAPE_SECONDS;
  if (scrape === later || windowSeconds === later || windowSeconds === undefined) return [];
  if (windowSeconds >= WANTED_SCRAPES * scrape || windowSeconds < LEAST_SCRAPES * scrape) return [];
  return [
    {
      path: `${path}.windowSeconds`,
      code: "ASM_WINDOW_SHORT",
      message: `A window of ${windowSeconds} s holds fewer than four scrapes of ${scrape} s, so a late scrape leaves no reading`,
      remedy: `Give at least ${WANTED_SCRAPES * scrape} seconds`,
    },
  ];
}

function capacityWarnings({ requestsPerSecond: each }: MetricDraft, known: AutoscalerDraft): Mistake[] {
  const { expectedRequestsPerSecond: expected, maxReplicas } = known;
  if (each === later || expected === later || maxReplicas === later) return [];
  if (each === undefined || expected === undefined || maxReplicas === undefined) return [];
  const needed = Math.ceil(expected / each);
  if (needed <= maxReplicas) return [];
  return [
    {
      path: "maxReplicas",
      code: "ASM_REPLICAS_TOO_FEW",
      message: `${expected} requests per second at ${each} for each pod need ${needed} replicas, and maxReplicas is ${maxReplicas}`,
      remedy: `Raise maxReplicas to ${needed}, or let a pod serve more`,
    },
  ];
}
