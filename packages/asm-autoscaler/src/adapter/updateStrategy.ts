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

/** All errors of the known properties of updateStrategy, each with its path. */
export function strategyErrors(updateStrategy: UpdateArguments["updateStrategy"]): InputError[] {
  const given = knownValue(updateStrategy);
  if (given === UNKNOWN || !isGiven(given)) return [];
  const maxUnavailable = knownValue(given.maxUnavailable);
  const remedy = "Set a number of pods, such as 1";
  return [
    ...countErrors("updateStrategy.maxUnavailable", maxUnavailable, remedy, { least: 0 }),
    ...countErrors("updateStrategy.maxSurge", knownValue(given.maxSurge), remedy, {
      least: maxUnavailable === 0 ? 1 : 0,
    }),
  ];
}
