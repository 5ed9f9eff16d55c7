import { ServiceMesh } from "@pulumi/alicloud/servicemesh";
import * as pulumi from "@pulumi/pulumi";
import { isGiven, protection } from "../validation/inputs";
import { type AsmInstanceArgs, AsmInstanceEdition } from "./args";
import { ignoredOfMesh, meshConfig } from "./meshConfig";

/** ASM often needs longer than the 10 minutes after which the provider alone gives up. */
const PATIENCE = "30m";

/** The two arguments of the provider that make an edition. */
const EDITIONS: Readonly<Record<AsmInstanceEdition, { edition: string; clusterSpec: string }>> = {
  Standard: { edition: "Default", clusterSpec: "standard" },
  Enterprise: { edition: "Pro", clusterSpec: "enterprise" },
  Ultimate: { edition: "Pro", clusterSpec: "ultimate" },
};

/** What a new mesh is made of, checked. */
interface NewMesh extends AsmInstanceArgs {
  vpcId: pulumi.Input<string>;
  vswitchId: pulumi.Input<string>;
  clusterId: pulumi.Input<string>;
  meshName: pulumi.Input<string>;
}

/** A new mesh with its cluster in it. */
export function createMesh(name: string, args: NewMesh, parent: pulumi.Resource): ServiceMesh {
  const isProtected = args.deletionProtection ?? true;
  const edition = pulumi.output(args.edition ?? AsmInstanceEdition.Enterprise);
  return new ServiceMesh(
    name,
    {
      serviceMeshName: args.meshName,
      // Each of these replaces the mesh when the next preview does not find it in the program.
      network: { vpcId: args.vpcId, vswitcheList: args.vswitchId },
      edition: edition.apply((given) => EDITIONS[given].edition),
      loadBalancer: { apiServerPublicEip: args.publicEndpoint ?? false },
      clusterSpec: edition.apply((given) => EDITIONS[given].clusterSpec),
      ...(isGiven(args.istioVersion) ? { version: args.istioVersion } : {}),
      // One cluster: at any change of this list, its order included, the provider detaches all and attaches all.
      clusterIds: [args.clusterId],
      // Istio's resources through the cluster's own API server.
      extraConfiguration: { crAggregationEnabled: true },
      meshConfig: meshConfig(args),
      ...(isGiven(args.prometheusUrl) ? { customizedPrometheus: true, prometheusUrl: args.prometheusUrl } : {}),
      ...(isGiven(args.tags) ? { tags: args.tags } : {}),
      // Without force, ASM refuses to delete a mesh with a cluster, and the provider does not detach the cluster first.
      force: !isProtected,
    },
    {
      parent,
      ...protection(isProtected),
      additionalSecretOutputs: ["kubeconfig"],
      ignoreChanges: ignoredOfMesh(args),
      customTimeouts: { create: PATIENCE, update: PATIENCE, delete: PATIENCE },
    },
  );
}
