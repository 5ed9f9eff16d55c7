import type * as pulumi from "@pulumi/pulumi";
import { endpointErrors } from "../prometheus/endpoint";
import { contradictedError, type InputError, missingErrors } from "../validation/inputErrors";
import { isGiven, knownValue } from "../validation/inputs";
import { validateArgs } from "../validation/validateArgs";
import type { AsmInstanceArgs, AsmInstanceExistingArgs } from "./args";

/** Validates the arguments of an AsmInstance as far as they are known. @throws pulumi.InputPropertiesError */
export function validateMesh<T extends AsmInstanceArgs>(name: string, args: T): T {
  return validateArgs("AsmInstance", name, args, (known: AsmInstanceArgs) =>
    known.existing ? existingErrors(known.existing, known) : newErrors(known),
  );
}

/**
 * Validates the one argument that is a secret, apart from the others: a value that depends on a secret is a secret too.
 *
 * @throws pulumi.InputPropertiesError
 */
export function validatePrometheusUrl(name: string, prometheusUrl: string): string {
  validateArgs("AsmInstance", name, { prometheusUrl }, (known: AsmInstanceArgs) =>
    prometheusUrlErrors(known.prometheusUrl),
  );
  return prometheusUrl;
}

function newErrors(args: AsmInstanceArgs): InputError[] {
  return [
    ...missingErrors("vpcId", knownValue(args.vpcId), "Set the VPC of the cluster"),
    ...missingErrors("vswitchId", knownValue(args.vswitchId), "Set one vSwitch of that VPC for the control plane"),
    ...missingErrors("clusterId", knownValue(args.clusterId), "Set the ACK cluster whose workloads join the mesh"),
    ...prometheusUrlErrors(args.prometheusUrl),
  ];
}

function existingErrors(
  { meshId }: AsmInstanceExistingArgs,
  { existing: _, ...others }: AsmInstanceArgs,
): InputError[] {
  return [
    ...missingErrors("existing.meshId", knownValue(meshId), "Set the id that the console of ASM shows"),
    ...Object.keys(others).map((path) => contradictedError(path, "mesh")),
  ];
}

function prometheusUrlErrors(url: pulumi.Input<string> | undefined): InputError[] {
  if (!isGiven(url)) return [];
  return endpointErrors("prometheus", { url }).map((inputError) => ({ ...inputError, path: "prometheusUrl" }));
}
