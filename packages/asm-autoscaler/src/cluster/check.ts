import {
  choiceErrors,
  cloudNameErrors,
  type InputError,
  missingErrors,
  plainErrors,
  refuse,
  wholeNumberErrors,
} from "../validation/inputErrors";
import { isGiven, knownValue, UNKNOWN } from "../validation/inputs";
import {
  type AckClusterArgs,
  type AckClusterAutoscalerArgs,
  AckClusterCredentials,
  type AckClusterExistingArgs,
  AckClusterSpec,
} from "./args";
import { isElastic, nodePoolErrors, noNodeErrors } from "./checkNodePool";
import { podNetworkErrors } from "./podNetwork";

/**
 * Checks the arguments of an AckCluster as far as they are known.
 *
 * @throws pulumi.InputPropertiesError with all errors at once.
 */
export function checkCluster(name: string, args: AckClusterArgs): void {
  refuse(`AckCluster ${JSON.stringify(name)}`, [
    ...(args.existing ? existingErrors(args) : newErrors(name, args)),
    ...credentialErrors(args),
  ]);
}

function newErrors(name: string, args: AckClusterArgs): InputError[] {
  const late = plainErrors("nodePools", args.nodePools);
  const pools = late.length === 0 ? (args.nodePools ?? {}) : {};
  const poolErrors = [
    ...Object.entries(pools).flatMap(([pool, poolArgs]) => nodePoolErrors(pool, poolArgs)),
    ...noNodeErrors(pools),
  ];
  return [
    ...cloudNameErrors("clusterName", knownValue(args.clusterName ?? name), 63),
    ...choiceErrors("clusterSpec", knownValue(args.clusterSpec), Object.values(AckClusterSpec)),
    ...podNetworkErrors(args),
    ...(late.length > 0 ? late : poolErrors),
    ...plainErrors("nodeAutoscaler", args.nodeAutoscaler),
    ...(args.nodeAutoscaler ? autoscalerErrors(args.nodeAutoscaler) : []),
    ...(args.nodeAutoscaler && late.length === 0 && !Object.values(pools).some(isElastic)
      ? [misplaced("nodeAutoscaler", "no node pool is elastic", "Set maxSize for a pool, or remove nodeAutoscaler")]
      : []),
  ];
}

function autoscalerErrors(args: AckClusterAutoscalerArgs): InputError[] {
  const threshold = knownValue(args.utilizationThreshold);
  return [
    ...wholeNumberErrors("nodeAutoscaler.scanIntervalSeconds", knownValue(args.scanIntervalSeconds), {
      least: 1,
      most: 3600,
    }),
    ...wholeNumberErrors("nodeAutoscaler.scaleDownDelayMinutes", knownValue(args.scaleDownDelayMinutes), {
      least: 1,
      most: 1440,
    }),
    ...(typeof threshold !== "number" || (threshold > 0 && threshold < 1) ? [] : [thresholdError(threshold)]),
  ];
}

function thresholdError(threshold: number): InputError {
  const path = "nodeAutoscaler.utilizationThreshold";
  return { path, code: "ASM_THRESHOLD_INVALID", message: `${threshold} is not between 0 and 1` };
}

function credentialErrors(args: AckClusterArgs): InputError[] {
  const temporary = knownValue(args.credentials) === AckClusterCredentials.Temporary;
  return [
    ...plainErrors("credentials", args.credentials),
    ...choiceErrors("credentials", knownValue(args.credentials), Object.values(AckClusterCredentials)),
    ...wholeNumberErrors("temporaryMinutes", knownValue(args.temporaryMinutes), { least: 15, most: 4320 }),
    ...(temporary || !isGiven(args.temporaryMinutes)
      ? []
      : [misplaced("temporaryMinutes", "credentials is not Temporary", "Set credentials, or leave it out")]),
  ];
}

function existingErrors({ existing, credentials, temporaryMinutes, ...rest }: AckClusterArgs): InputError[] {
  const beside = Object.entries(rest)
    .filter(([, value]) => isGiven(value))
    .map(
      ([path]): InputError => ({
        path,
        code: "ASM_EXISTING_CONTRADICTED",
        message: `${path} is for a new cluster, and existing is set`,
        remedy: `Remove either existing or ${path}`,
      }),
    );
  const known = knownValue<AckClusterExistingArgs | undefined>(existing);
  if (known === UNKNOWN || known === undefined) return beside;
  return [
    ...beside,
    ...missingErrors("existing.clusterId", knownValue(known.clusterId), "Set the id of the cluster, such as c5e…"),
    ...missingErrors("existing.vpcId", knownValue(known.vpcId), "Set the id of the cluster's VPC"),
    ...kubeconfigErrors(known, credentials),
  ];
}

/** A kubeconfig says how it authenticates; without one there must be leave to ask the cloud for it. */
function kubeconfigErrors(
  { kubeconfig }: AckClusterExistingArgs,
  credentials: AckClusterCredentials | undefined,
): InputError[] {
  if (isGiven(kubeconfig) && isGiven(credentials)) {
    return [misplaced("credentials", "existing.kubeconfig already authenticates", "Remove one of them")];
  }
  if (credentials === AckClusterCredentials.Temporary) return [];
  const remedy =
    "Set its text (for Exec, the output of `ack-ram-tool credential-plugin get-kubeconfig`), or set credentials to Temporary";
  return missingErrors("existing.kubeconfig", kubeconfig, remedy);
}

function misplaced(path: string, why: string, remedy: string): InputError {
  return { path, code: "ASM_ARGUMENT_MISPLACED", message: `${path} has no effect, because ${why}`, remedy };
}
