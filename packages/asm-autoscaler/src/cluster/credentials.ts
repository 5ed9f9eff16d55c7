import { getClusterCredentialOutput, type ManagedKubernetes } from "@pulumi/alicloud/cs";
import * as pulumi from "@pulumi/pulumi";
import { type AckClusterArgs, AckClusterCredentials } from "./args";
import { certificateKubeconfig, execKubeconfig } from "./kubeconfig";

/** The kubeconfig of a cluster that the program makes, a secret. Only Temporary asks the cloud, once there is an id. */
export function clusterKubeconfig(
  cluster: ManagedKubernetes,
  args: AckClusterArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  if (args.credentials === AckClusterCredentials.Temporary) return temporaryKubeconfig(cluster.id, args, parent);
  const { id, connections, certificateAuthority } = cluster;
  // Pulumi's mocks, with which programs are tested, leave out what only the cloud knows.
  const known = pulumi.all([
    id,
    connections.apply((given) => given ?? NOWHERE),
    certificateAuthority.apply((given) => given ?? NO_CERTIFICATES),
  ]);
  const text = known.apply(([clusterId, endpoints, certificates]) => {
    // A cluster without a public endpoint has an empty one; what is there counts, not what was once asked for.
    const api = {
      server: endpoints.apiServerInternet || endpoints.apiServerIntranet,
      authority: certificates.clusterCert,
    };
    if (args.credentials === AckClusterCredentials.Exec) return execKubeconfig(api, clusterId);
    return certificateKubeconfig(api, { certificate: certificates.clientCert, key: certificates.clientKey });
  });
  return pulumi.secret(text);
}

/** A kubeconfig that the cloud makes for some minutes; the SDK does not mark it as a secret. */
export function temporaryKubeconfig(
  clusterId: pulumi.Input<string>,
  { temporaryMinutes }: AckClusterArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const credential = getClusterCredentialOutput(
    { clusterId: clusterId, temporaryDurationMinutes: temporaryMinutes ?? 120 },
    { parent },
  );
  return pulumi.secret(credential.kubeConfig);
}

const NOWHERE = { apiServerInternet: "", apiServerIntranet: "" };
const NO_CERTIFICATES = { clusterCert: "", clientCert: "", clientKey: "" };
