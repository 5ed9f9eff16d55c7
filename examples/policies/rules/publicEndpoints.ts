import { at } from "../hpa.ts";

const CLUSTER = "alicloud:cs/managedKubernetes:ManagedKubernetes";
const MESH = "alicloud:servicemesh/serviceMesh:ServiceMesh";

/** API servers of a cluster or a mesh that the whole internet reaches. */
export function publicEndpoints(type: string, props: unknown): string[] {
  // The provider's own default for a cluster is a public address.
  if (type === CLUSTER && at(props, "slbInternetEnabled") !== false) {
    return ["The API server of the cluster has a public address: set publicEndpoint to false."];
  }
  if (type === MESH && at(at(props, "loadBalancer"), "apiServerPublicEip") === true) {
    return ["The API server of the mesh has a public address: set publicEndpoint to false."];
  }
  return [];
}
