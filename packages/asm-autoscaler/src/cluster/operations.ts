import type { ManagedKubernetesArgs } from "@pulumi/alicloud/cs";
import type * as pulumi from "@pulumi/pulumi";
import { isGiven, onlyGiven, settled } from "../validation/inputs";
import { validateArgs } from "../validation/validateArgs";
import type { AckClusterArgs } from "./args";
import { operationsErrors } from "./validateOperations";

/** Inputs of what happens to a cluster over time: maintenance, upgrades, logs and encryption. None that is not given. */
export function operationsInputs(name: string, args: AckClusterArgs): Partial<ManagedKubernetesArgs> {
  const { maintenanceWindow, operationPolicy, auditLogConfig, resourceGroupId } = args;
  return {
    ...onlyGiven({ operationPolicy, auditLogConfig, resourceGroupId }),
    ...(isGiven(maintenanceWindow) ? { maintenanceWindow: openWindow(name, maintenanceWindow) } : {}),
    ...logs(args),
    ...encryption(args),
  };
}

/** The provider reads the other values of a window only if it is enabled. */
function openWindow(
  name: string,
  window: NonNullable<AckClusterArgs["maintenanceWindow"]>,
): NonNullable<ManagedKubernetesArgs["maintenanceWindow"]> {
  return settled({ maintenanceWindow: window }, (known) =>
    validateArgs("AckCluster", name, known, operationsErrors),
  ).apply(({ maintenanceWindow: known }) => ({ enable: true, ...onlyGiven(known) }));
}

function logs(args: AckClusterArgs): Partial<ManagedKubernetesArgs> {
  const { controlPlaneLogs, controlPlaneLogTtl = "30", controlPlaneLogProject } = args;
  if (!isGiven(controlPlaneLogs)) return {};
  return { controlPlaneLogComponents: controlPlaneLogs, controlPlaneLogTtl, ...onlyGiven({ controlPlaneLogProject }) };
}

/** The provider encrypts only if both are sent. */
function encryption({ encryptionProviderKey, disableEncryption }: AckClusterArgs): Partial<ManagedKubernetesArgs> {
  if (!isGiven(encryptionProviderKey)) return onlyGiven({ disableEncryption });
  const disabled: pulumi.Input<boolean> = disableEncryption ?? false;
  return { encryptionProviderKey, disableEncryption: disabled };
}
