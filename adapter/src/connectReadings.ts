import { type MetricSpec, type Problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import type { Clock } from "./clock.ts";
import { createDirect } from "./direct/direct.ts";
import { joinDirect } from "./directReadings.ts";
import type { Flags } from "./flags/flags.ts";
import type { Kubernetes } from "./kubernetes/client.ts";
import type { Log } from "./kubernetes/log.ts";
import { createResourceNames } from "./kubernetes/resourceNames.ts";
import { dividePerReplica } from "./perReplica.ts";
import { loggingListener } from "./prometheus/loggingListener.ts";
import { connectServers } from "./prometheus/prometheus.ts";
import { createReadings } from "./readings/readings.ts";
import { createWindowChecks } from "./readings/windowChecks.ts";

/** Creates the sources that the flags name: the Prometheus servers, and the pods with `--direct`; and their readings. */
export function connectReadings(
  flags: Flags,
  { kubernetes, clock, log }: { kubernetes: Kubernetes; clock: Clock; log: Log },
) {
  const prometheus = connectServers(flags, loggingListener(log));
  const direct = flags.isDirect ? createDirect({ kubernetes, clock, gateways: directGateways(flags) }) : undefined;
  const ofPrometheus = createReadings({
    prometheus,
    ttlMs: flags.metricsTtlMs,
    defaultIntervalMs: flags.defaultIntervalMs,
    clock,
    onProblem: (problem, spec) => log.warn(about(problem, spec), `${spec.queryKey}: ${problemLine(problem)}`),
    onRecovery: (spec) => log.info({ key: spec.queryKey }, `${spec.queryKey}: readings are back.`),
  });
  const resourceNames = createResourceNames(kubernetes, clock);
  return {
    prometheus,
    direct,
    readings: dividePerReplica(joinDirect(ofPrometheus, direct, clock), kubernetes, resourceNames),
    resourceNames,
    windowChecks: createWindowChecks(prometheus, clock),
  };
}

/** Undefined if each namespace may only read what is its own. */
function directGateways({ namespaceLabel, directGateways }: Flags) {
  return namespaceLabel === undefined ? directGateways : undefined;
}

function about(problem: Problem, spec: MetricSpec) {
  return { code: problem.code, key: spec.queryKey, query: spec.query.text.slice(0, 300) };
}
