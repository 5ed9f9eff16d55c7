import { createHash } from "node:crypto";
import { GROUP, GROUP_VERSION, LISTING, VERSION } from "./requestTarget.ts";

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

// Aggregated discovery. k8s.io/api/apidiscovery/v2/types.go

/** The media type of that document, as the API server writes it. */
export const DISCOVERY_TYPE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/**
 * `GET /apis` as the API server's discovery aggregator asks for it: one resource, whatever is registered, so that clients'
 * discovery caches stay small and never find the group empty.
 */
export const aggregatedDiscovery: object = {
  kind: "APIGroupDiscoveryList",
  apiVersion: "apidiscovery.k8s.io/v2",
  metadata: {},
  items: [
    {
      metadata: { name: GROUP },
      versions: [
        {
          version: VERSION,
          resources: [
            {
              resource: LISTING,
              responseKind: { group: "", version: "", kind: "ExternalMetricValueList" },
              scope: "Namespaced",
              singularResource: "",
              verbs: ["get"],
            },
          ],
          freshness: "Current",
        },
      ],
    },
  ],
};

/** Its ETag, quoted as HTTP wants it. */
export const aggregatedDiscoveryTag = `"${createHash("sha256").update(JSON.stringify(aggregatedDiscovery)).digest("hex").toUpperCase()}"`;

/** `GET /version`, in the fields of `k8s.io/apimachinery/pkg/version.Info` that mean something here. */
export const versionInfo: object = {
  major: "0",
  minor: "1",
  gitVersion: "v0.1.0",
  platform: `${process.platform}/${process.arch}`,
};
