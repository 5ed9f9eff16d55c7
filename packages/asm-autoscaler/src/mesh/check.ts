import type * as pulumi from "@pulumi/pulumi";
import { endpointErrors } from "../prometheus/endpoint";
import { choiceErrors, type InputError, missingErrors, plainErrors, refuse } from "../validation/inputErrors";
import { isGiven, knownValue } from "../validation/inputs";
import { type AsmInstanceArgs, AsmInstanceClusterSpec, AsmInstanceEdition, type AsmInstanceExistingArgs } from "./args";

/**
 * Checks the arguments of an AsmInstance as far as they are known.
 *
 * @throws pulumi.InputPropertiesError with all errors at once.
 */
export function checkMesh(name: string, args: AsmInstanceArgs): void {
  const existing = existingMesh(args);
  const late = plainErrors("existing", existing);
  if (late.length > 0) refuse(title(name), late);
  refuse(title(name), existing === undefined ? newErrors(args) : existingErrors(existing, args));
}

/**
 * Checks the one argument that is a secret, apart from the others: what is worked out along with a secret is one too.
 *
 * @throws pulumi.InputPropertiesError
 */
export function checkPrometheusUrl(name: string, url: string): void {
  refuse(title(name), prometheusUrlErrors(url));
}

/** The mesh that is there already, if one is named; programs without types also leave an argument out as null. */
export function existingMesh(args: AsmInstanceArgs): AsmInstanceExistingArgs | undefined {
  return args.existing ?? undefined;
}

function newErrors(args: AsmInstanceArgs): InputError[] {
  return [
    ...missingErrors("vpcId", knownValue(args.vpcId), "Set the VPC of the cluster"),
    ...missingErrors("vswitchId", knownValue(args.vswitchId), "Set one vSwitch of that VPC for the control plane"),
    ...missingErrors("clusterId", knownValue(args.clusterId), "Set the ACK cluster whose workloads join the mesh"),
    ...choiceErrors("edition", knownValue(args.edition), Object.values(AsmInstanceEdition)),
    ...choiceErrors("clusterSpec", knownValue(args.clusterSpec), Object.values(AsmInstanceClusterSpec)),
    ...prometheusUrlErrors(args.prometheusUrl),
  ];
}

function existingErrors(
  { meshId }: AsmInstanceExistingArgs,
  { existing: _, ...others }: AsmInstanceArgs,
): InputError[] {
  const given = Object.entries(others).filter(([, value]) => isGiven(value));
  return [
    ...missingErrors("existing.meshId", knownValue(meshId), "Set the id that the console of ASM shows"),
    ...given.map(
      ([path]): InputError => ({
        path,
        code: "ASM_EXISTING_CONTRADICTED",
        message: `${path} is for a new mesh, and existing is set`,
        remedy: `Remove ${path} or existing`,
      }),
    ),
  ];
}

function prometheusUrlErrors(url: pulumi.Input<string> | undefined): InputError[] {
  if (!isGiven(url)) return [];
  return endpointErrors("prometheus", { url }).map((inputError) => ({ ...inputError, path: "prometheusUrl" }));
}

function title(name: string): string {
  return `AsmInstance ${JSON.stringify(name)}`;
}
