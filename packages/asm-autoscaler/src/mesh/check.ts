import type * as pulumi from "@pulumi/pulumi";
import { endpointMistakes } from "../prometheus/endpoint";
import { choiceMistakes, type Mistake, missingMistakes, plainMistakes, refuse } from "../validation/inputErrors";
import { isGiven, knownValue } from "../validation/inputs";
import { type AsmInstanceArgs, AsmInstanceClusterSpec, AsmInstanceEdition, type AsmInstanceExistingArgs } from "./args";

/**
 * Checks the arguments of an AsmInstance as far as they are known.
 *
 * @throws pulumi.InputPropertiesError with all mistakes at once.
 */
export function checkMesh(name: string, args: AsmInstanceArgs): void {
  const existing = existingMesh(args);
  const late = plainMistakes("existing", existing);
  if (late.length > 0) refuse(title(name), late);
  refuse(title(name), existing === undefined ? newMistakes(args) : existingMistakes(existing, args));
}

/**
 * Checks the one argument that is a secret, apart from the others: what is worked out along with a secret is one too.
 *
 * @throws pulumi.InputPropertiesError
 */
export function checkPrometheusUrl(name: string, url: string): void {
  refuse(title(name), prometheusUrlMistakes(url));
}

/** The mesh that is there already, if one is named; programs without types also leave an argument out as null. */
export function existingMesh(args: AsmInstanceArgs): AsmInstanceExistingArgs | undefined {
  return args.existing ?? undefined;
}

function newMistakes(args: AsmInstanceArgs): Mistake[] {
  return [
    ...missingMistakes("vpcId", knownValue(args.vpcId), "Set the VPC of the cluster"),
    ...missingMistakes("vswitchId", knownValue(args.vswitchId), "Set one vSwitch of that VPC for the control plane"),
    ...missingMistakes("clusterId", knownValue(args.clusterId), "Set the ACK cluster whose workloads join the mesh"),
    ...choiceMistakes("edition", knownValue(args.edition), Object.values(AsmInstanceEdition)),
    ...choiceMistakes("clusterSpec", knownValue(args.clusterSpec), Object.values(AsmInstanceClusterSpec)),
    ...prometheusUrlMistakes(args.prometheusUrl),
  ];
}

function existingMistakes({ meshId }: AsmInstanceExistingArgs, { existing: _, ...others }: AsmInstanceArgs): Mistake[] {
  const given = Object.entries(others).filter(([, value]) => isGiven(value));
  return [
    ...missingMistakes("existing.meshId", knownValue(meshId), "Set the id that the console of ASM shows"),
    ...given.map(([path]) => ({
      path,
      code: "ASM_EXISTING_CONTRADICTED",
      message: `${path} is for a new mesh, and existing is set`,
      remedy: `Remove ${path} or existing`,
    })),
  ];
}

function prometheusUrlMistakes(url: pulumi.Input<string> | undefined): Mistake[] {
  if (!isGiven(url)) return [];
  return endpointMistakes("prometheus", { url }).map((mistake) => ({ ...mistake, path: "prometheusUrl" }));
}

function title(name: string): string {
  return `AsmInstance ${JSON.stringify(name)}`;
}
