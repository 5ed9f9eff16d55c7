import type * as k8s from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";
import { countErrors, type InputError } from "../validation/inputErrors";
import { isGiven, knownValue, UNKNOWN } from "../validation/inputs";

/**
 * How an update replaces the pods of the adapter: a rolling update, so that other pods answer reads meanwhile. In a
 * cluster where every node that may run a pod has one, set maxSurge to 0 and maxUnavailable to 1.
 */
export interface MetricsAdapterUpdateArgs {
  /** Maximum number of pods that may be missing during an update. Defaults to a quarter of the replicas, rounded down. */
  maxUnavailable?: pulumi.Input<number>;
  /** Maximum number of additional pods during an update. Defaults to a quarter of the replicas, rounded up. */
  maxSurge?: pulumi.Input<number>;
}

/** In the node's network, a new pod may find the ports of every node taken until an old pod has stopped. */
const IN_NODES_NETWORK = { maxSurge: 0, maxUnavailable: 1 };

/** The arguments that an update depends on. */
interface UpdateArguments {
  readonly updateStrategy?: pulumi.Input<MetricsAdapterUpdateArgs>;
  readonly hostNetwork?: boolean;
}

/** `strategy` of the Deployment. Absent: as Kubernetes does by default. */
export function strategyOf({
  updateStrategy,
  hostNetwork,
}: UpdateArguments): Pick<k8s.apps.v1.DeploymentSpec, "strategy"> {
  if (!isGiven(updateStrategy) && !hostNetwork) return {};
  const usual = hostNetwork ? IN_NODES_NETWORK : {};
  const known = knownValue(updateStrategy);
  const rollingUpdate =
    known === UNKNOWN
      ? pulumi.output(updateStrategy).apply((given) => ({ ...usual, ...given }))
      : { ...usual, ...known };
  return { strategy: { type: "RollingUpdate", rollingUpdate } };
}

const STUCK: InputError = {
  path: "updateStrategy.maxSurge",
  code: "ASM_COUNT_INVALID",
  message: "maxSurge and maxUnavailable are both 0, so that an update could not replace a pod",
  remedy: "Set one of them to a number of pods, such as 1. With hostNetwork, maxSurge is 0 unless it is set",
};

/**
 * All errors of the known properties of updateStrategy, each with its path. Kubernetes refuses zero for both, also if one
 * of them is not set and has its usual value.
 */
export function strategyErrors({ updateStrategy, hostNetwork }: UpdateArguments): InputError[] {
  const given = knownValue(updateStrategy);
  if (given === UNKNOWN || !isGiven(given)) return [];
  const usual = hostNetwork ? IN_NODES_NETWORK : undefined;
  const maxUnavailable = knownValue(given.maxUnavailable);
  const maxSurge = knownValue(given.maxSurge);
  const remedy = "Set a number of pods, such as 1";
  return [
    ...countErrors("updateStrategy.maxUnavailable", maxUnavailable, remedy, { least: 0 }),
    ...countErrors("updateStrategy.maxSurge", maxSurge, remedy, { least: 0 }),
    ...((maxUnavailable ?? usual?.maxUnavailable) === 0 && (maxSurge ?? usual?.maxSurge) === 0 ? [STUCK] : []),
  ];
}
