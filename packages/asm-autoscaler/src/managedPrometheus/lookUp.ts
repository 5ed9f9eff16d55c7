import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { type GetPrometheusResult, getPrometheusOutput } from "@pulumi/alicloud/arms";
import * as pulumi from "@pulumi/pulumi";

/** Access data of a Prometheus instance. */
export interface FoundInstance {
  /** HTTP API URL. */
  url: string;
  /** Token of V1. Empty if the instance requires none. */
  token: string;
}

/** Requests the Prometheus instance of a cluster from Alibaba Cloud, once its id and all dependencies are known. */
export function lookUpInstance(
  clusterId: pulumi.Input<string>,
  publicUrl: pulumi.Input<boolean>,
  opts: pulumi.InvokeOutputOptions,
): pulumi.Output<FoundInstance> {
  const answer = getPrometheusOutput({ ids: [clusterId], enableDetails: true }, opts);
  const found = pulumi.all([answer, clusterId, publicUrl]).apply(([{ prometheis }, id, isPublic]) => {
    return readInstance(prometheis, id, isPublic);
  });
  return pulumi.secret(found);
}

/**
 * Reads the response of Alibaba Cloud.
 *
 * @throws pulumi.RunError ASM_MANAGED_PROMETHEUS_MISSING if it has no URL.
 */
export function readInstance(
  instances: Pick<GetPrometheusResult["prometheis"][number], "httpApiInterUrl" | "httpApiIntraUrl" | "authToken">[],
  clusterId: string,
  isPublic: boolean,
): FoundInstance {
  const [instance] = instances;
  const url = isPublic ? instance?.httpApiInterUrl : instance?.httpApiIntraUrl;
  if (url) return { url, token: instance?.authToken ?? "" };
  const missing = problem(
    "ASM_MANAGED_PROMETHEUS_MISSING",
    `Alibaba Cloud returns no ${isPublic ? "public " : ""}HTTP API URL for the Prometheus of cluster ${clusterId}`,
  );
  throw new pulumi.RunError(new ProblemError(missing).message);
}
