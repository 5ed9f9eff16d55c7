import { ServiceMesh } from "@pulumi/alicloud/servicemesh";
import * as pulumi from "@pulumi/pulumi";
import { isGiven } from "../validation/inputs";
import { type AsmInstanceArgs, AsmInstanceClusterSpec, AsmInstanceEdition } from "./args";
import { LEFT_TO_ASM, meshConfig } from "./meshConfig";

/** ASM often needs longer than the 10 minutes after which the provider alone gives up. */
const PATIENCE = "30m";

/** What a new mesh is made of, checked. */
interface NewMesh extends AsmInstanceArgs {
  vpcId: pulumi.Input<string>;
  vswitchId: pulumi.Input<string>;
  clusterId: pulumi.Input<string>;
  meshName: pulumi.Input<string>;
}

/** A new mesh with its cluster in it. */
export function createMesh(name: string, args: NewMesh, parent: pulumi.Resource): ServiceMesh {
  const edition = pulumi.output(args.edition).apply((given) => given ?? AsmInstanceEdition.Pro);
  return new ServiceMesh(
    name,
    {
      serviceMeshName: args.meshName,
      // Each of these replaces the mesh when the next preview does not find it in the program.
      network: { vpcId: args.vpcId, vswitcheList: args.vswitchId },
      edition,
      loadBalancer: { apiServerPublicEip: args.publicEndpoint ?? false },
      clusterSpec: pulumi.all([args.clusterSpec, edition]).apply(([given, of]) => given ?? defaultSpec(of)),
      ...(isGiven(args.istioVersion) ? { version: args.istioVersion } : {}),
      // One cluster: at any change of this list, its order included, the provider detaches all and attaches all.
      clusterIds: [args.clusterId],
      // Istio's resources through the cluster's own API server.
      extraConfiguration: { crAggregationEnabled: true },
      meshConfig: meshConfig(args.sidecarInjection),
      ...(isGiven(args.prometheusUrl) ? { customizedPrometheus: true, prometheusUrl: args.prometheusUrl } : {}),
      ...(isGiven(args.tags) ? { tags: args.tags } : {}),
      // The provider does not detach the cluster before it deletes the mesh.
      force: true,
    },
    {
      parent,
      additionalSecretOutputs: ["kubeconfig"],
      // Without istioVersion the version is ASM's: the provider would ask ASM for an upgrade to version "".
      ignoreChanges: [...LEFT_TO_ASM, ...(isGiven(args.istioVersion) ? [] : ["version"])],
      customTimeouts: { create: PATIENCE, update: PATIENCE, delete: PATIENCE },
    },
  );
}

function defaultSpec(edition: AsmInstanceEdition): AsmInstanceClusterSpec {
  return edition === AsmInstanceEdition.Default ? AsmInstanceClusterSpec.Standard : AsmInstanceClusterSpec.Enterprise;
}
