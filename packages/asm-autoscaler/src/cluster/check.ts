import {
  choiceMistakes,
  cloudNameMistakes,
  type Mistake,
  missingMistakes,
  plainMistakes,
  refuse,
  wholeNumberMistakes,
} from "../validation/inputErrors";
import { isGiven, later, now } from "../validation/inputs";
import {
  type AckClusterArgs,
  type AckClusterAutoscalerArgs,
  AckClusterCredentials,
  type AckClusterExistingArgs,
  AckClusterSpec,
} from "./args";
import { isElastic, nodePoolMistakes, noNodeMistakes } from "./checkNodePool";
import { podNetworkMistakes } from "./podNetwork";

/**
 * Checks the arguments of an AckCluster as far as they are known.
 *
 * @throws pulumi.InputPropertiesError with all mistakes at once.
 */
export function checkCluster(name: string, args: AckClusterArgs): void {
  refuse(`AckCluster ${JSON.stringify(name)}`, [
    ...(args.existing ? existingMistakes(args) : newMistakes(name, args)),
    ...credentialMistakes(args),
  ]);
}

function newMistakes(name: string, args: AckClusterArgs): Mistake[] {
  const late = plainMistakes("nodePools", args.nodePools);
  const pools = late.length === 0 ? (args.nodePools ?? {}) : {};
  const poolMistakes = [
    ...Object.entries(pools).flatMap(([pool, poolArgs]) => nodePoolMistakes(pool, poolArgs)),
    ...noNodeMistakes(pools),
  ];
  return [
    ...cloudNameMistakes("clusterName", now(args.clusterName ?? name), 63),
    ...choiceMistakes("clusterSpec", now(args.clusterSpec), Object.values(AckClusterSpec)),
    ...podNetworkMistakes(args),
    ...(late.length > 0 ? late : poolMistakes),
    ...plainMistakes("nodeAutoscaler", args.nodeAutoscaler),
    ...(args.nodeAutoscaler ? autoscalerMistakes(args.nodeAutoscaler) : []),
    ...(args.nodeAutoscaler && late.length === 0 && !Object.values(pools).some(isElastic)
      ? [misplaced("nodeAutoscaler", "no node pool is elastic", "Give a pool a maxSize, or leave nodeAutoscaler out")]
      : []),
  ];
}

function autoscalerMistakes(args: AckClusterAutoscalerArgs): Mistake[] {
  const threshold = now(args.utilizationThreshold);
  return [
    ...wholeNumberMistakes("nodeAutoscaler.scanIntervalSeconds", now(args.scanIntervalSeconds), {
      least: 1,
      most: 3600,
    }),
    ...wholeNumberMistakes("nodeAutoscaler.scaleDownDelayMinutes", now(args.scaleDownDelayMinutes), {
      least: 1,
      most: 1440,
    }),
    ...(typeof threshold !== "number" || (threshold > 0 && threshold < 1)
      ? []
      : [
          {
            path: "nodeAutoscaler.utilizationThreshold",
            code: "ASM_THRESHOLD_INVALID",
            message: `${threshold} is not between 0 and 1`,
            remedy: "Give the share of a node's capacity, such as 0.5",
          },
        ]),
  ];
}

function credentialMistakes(args: AckClusterArgs): Mistake[] {
  const temporary = now(args.credentials) === AckClusterCredentials.Temporary;
  return [
    ...plainMistakes("credentials", args.credentials),
    ...choiceMistakes("credentials", now(args.credentials), Object.values(AckClusterCredentials)),
    ...wholeNumberMistakes("temporaryMinutes", now(args.temporaryMinutes), { least: 15, most: 4320 }),
    ...(temporary || !isGiven(args.temporaryMinutes)
      ? []
      : [misplaced("temporaryMinutes", "credentials is not Temporary", "Set credentials, or leave it out")]),
  ];
}

function existingMistakes({ existing, credentials, temporaryMinutes, ...rest }: AckClusterArgs): Mistake[] {
  const beside = Object.entries(rest)
    .filter(([, value]) => isGiven(value))
    .map(([path]) => ({
      path,
      code: "ASM_EXISTING_CONTRADICTED",
      message: `${path} is for a cluster that is made, and existing names one that is there`,
      remedy: `Leave out either existing or ${path}`,
    }));
  const known = now<AckClusterExistingArgs | undefined>(existing);
  if (known === later || known === undefined) return beside;
  return [
    ...beside,
    ...missingMistakes("existing.clusterId", now(known.clusterId), "Name the cluster, such as c5e…"),
    ...missingMistakes("existing.vpcId", now(known.vpcId), "Name the VPC of the cluster"),
    ...kubeconfigMistakes(known, credentials),
  ];
}

/** A kubeconfig says how it authenticates; without one there must be leave to ask the cloud for it. */
function kubeconfigMistakes(
  { kubeconfig }: AckClusterExistingArgs,
  credentials: AckClusterCredentials | undefined,
): Mistake[] {
  if (isGiven(kubeconfig) && isGiven(credentials)) {
    return [misplaced("credentials", "existing.kubeconfig says how it authenticates", "Leave out one of them")];
  }
  if (credentials === AckClusterCredentials.Temporary) return [];
  const remedy =
    "Give its text, for exec what `ack-ram-tool credential-plugin get-kubeconfig` prints, or set credentials to Temporary";
  return missingMistakes("existing.kubeconfig", kubeconfig, remedy);
}

function misplaced(path: string, why: string, remedy: string): Mistake {
  return { path, code: "ASM_ARGUMENT_MISPLACED", message: `${path} has no effect, since ${why}`, remedy };
}
