import type { Deployment } from "@pulumi/kubernetes/apps/v1";
import * as pulumi from "@pulumi/pulumi";
import { isGiven } from "../arguments/given";

/** What is read here of a Deployment's state in the engine. */
interface DeploymentState {
  readonly metadata?: { readonly uid?: unknown };
  readonly spec?: { readonly replicas?: unknown };
  readonly __inputs?: DeploymentState;
}

/**
 * The number of replicas that the program sets on a Deployment, if it does. The resource's outputs do not tell: in them the
 * API server has filled in the number. The engine is asked, which reaches no cloud: the Kubernetes provider keeps the
 * inputs in the state, as `__inputs`, and before an object is made its state is a copy of them.
 */
export function declaredReplicas(deployment: pulumi.Input<Deployment>): pulumi.Output<number | undefined> {
  return pulumi.output(deployment).apply((made) => made.urn.apply(declaredOf));
}

async function declaredOf(urn: string): Promise<number | undefined> {
  try {
    const { state }: { state: DeploymentState } = await pulumi.runtime.invoke("pulumi:pulumi:getResource", { urn });
    const inputs = state.__inputs ?? (isGiven(state.metadata?.uid) ? undefined : state);
    const replicas = inputs?.spec?.replicas;
    return typeof replicas === "number" ? replicas : undefined;
  } catch {
    return undefined; // It is for a warning only, which must not keep a program from running.
  }
}
