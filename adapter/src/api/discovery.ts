import { GROUP, GROUP_VERSION, VERSION } from "./target.ts";

// Legacy discovery. Types and key order: apimachinery/pkg/apis/meta/v1/types.go (APIGroupList, APIGroup, APIResourceList).

const VERSIONS = {
  versions: [{ groupVersion: GROUP_VERSION, version: VERSION }],
  preferredVersion: { groupVersion: GROUP_VERSION, version: VERSION },
};

/** `GET /apis`. `serverAddress` is the address the client reached, `host:port`. */
export function groupList(serverAddress: string): object {
  const serverAddressByClientCIDRs = [{ clientCIDR: "0.0.0.0/0", serverAddress }];
  return { kind: "APIGroupList", groups: [{ name: GROUP, ...VERSIONS, serverAddressByClientCIDRs }] };
}

/** `GET /apis/external.metrics.k8s.io`. */
export function group(): object {
  return { kind: "APIGroup", apiVersion: "v1", name: GROUP, ...VERSIONS };
}

/**
 * `GET /apis/external.metrics.k8s.io/v1beta1`: the registered metrics, sorted, each name once; empty until an HPA
 * registers one. Verb `get` alone keeps the garbage collector, the quota and the namespace controllers from calling us.
 */
export function resourceList(metricNames: readonly string[]): object {
  const resources = [...new Set(metricNames)].sort().map((name) => ({
    name,
    singularName: "",
    namespaced: true,
    kind: "ExternalMetricValueList",
    verbs: ["get"],
  }));
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: GROUP_VERSION, resources };
}
