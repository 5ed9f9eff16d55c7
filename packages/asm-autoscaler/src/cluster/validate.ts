import {
  cloudNameErrors,
  contradictedError,
  type InputError,
  misplacedError,
  missingErrors,
  wholeNumberErrors,
} from "../validation/inputErrors";
import { isGiven, knownValue, UNKNOWN } from "../validation/inputs";
import { validateArgs } from "../validation/validateArgs";
import {
  type AckClusterArgs,
  type AckClusterAutoscalerArgs,
  AckClusterCredentials,
  type AckClusterExistingArgs,
} from "./args";
import { podNetworkErrors } from "./podNetwork";
import { isElastic, nodePoolsErrors } from "./validateNodePool";
import { operationsErrors } from "./validateOperations";

/** Validates the arguments of an AckCluster as far as they are known. @throws pulumi.InputPropertiesError */
export function validateCluster<T extends AckClusterArgs>(name: string, args: T): T {
  return validateArgs("AckCluster", name, args, (known: AckClusterArgs) => [
    ...(known.existing ? existingErrors(known.existing, known) : newErrors(name, known)),
    ...credentialErrors(known),
  ]);
}

function newErrors(name: string, args: AckClusterArgs): InputError[] {
  const pools = knownValue(args.nodePools ?? {});
  return [
    ...cloudNameErrors("clusterName", knownValue(args.clusterName ?? name), 63),
    ...podNetworkErrors(args),
    ...(pools === UNKNOWN ? [] : nodePoolsErrors(pools)),
    ...operationsErrors(args),
    ...(args.nodeAutoscaler ? autoscalerErrors(args.nodeAutoscaler) : []),
    ...(args.nodeAutoscaler && pools !== UNKNOWN && !Object.values(pools).some(isElastic)
      ? [
          misplacedError(
            "nodeAutoscaler",
            "no node pool is elastic",
            "Set maxSize for a pool, or remove nodeAutoscaler",
          ),
        ]
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
    ...wholeNumberErrors("temporaryMinutes", knownValue(args.temporaryMinutes), { least: 15, most: 4320 }),
    ...(temporary || !isGiven(args.temporaryMinutes)
      ? []
      : [misplacedError("temporaryMinutes", "credentials is not Temporary", "Set credentials, or leave it out")]),
  ];
}

function existingErrors(
  given: AckClusterExistingArgs,
  { existing: _, credentials, temporaryMinutes: __, ...others }: AckClusterArgs,
): InputError[] {
  return [
    ...Object.keys(others).map((path) => contradictedError(path, "cluster")),
    ...missingErrors("existing.clusterId", knownValue(given.clusterId), "Set the id of the cluster, such as c5e…"),
    ...missingErrors("existing.vpcId", knownValue(given.vpcId), "Set the id of the cluster's VPC"),
    ...kubeconfigErrors(given, credentials),
  ];
}

/** A kubeconfig says how it authenticates; without one there must be leave to ask the cloud for it. */
function kubeconfigErrors(
  { kubeconfig }: AckClusterExistingArgs,
  credentials: AckClusterCredentials | undefined,
): InputError[] {
  if (isGiven(kubeconfig) && isGiven(credentials)) {
    return [misplacedError("credentials", "existing.kubeconfig already authenticates", "Remove one of them")];
  }
  if (credentials === AckClusterCredentials.Temporary) return [];
  const remedy =
    "Set its text (for Exec, the output of `ack-ram-tool credential-plugin get-kubeconfig`), or set credentials to Temporary";
  return missingErrors("existing.kubeconfig", kubeconfig, remedy);
}
