import { createHash } from "node:crypto";
import { ADAPTER_VERSION } from "../version.ts";
import { GROUP, GROUP_VERSION, LISTING, VERSION } from "./requestTarget.ts";

// Legacy discovery. Source of the types and key order: apimachinery/pkg/apis/meta/v1/types.go (APIGroupList, APIGroup,
// APIResourceList).

const VERSIONS = {
  versions: [{ groupVersion: GROUP_VERSION, version: VERSION }],
  preferredVersion: { groupVersion: GROUP_VERSION, version: VERSION },
};

/** The body of `GET /apis`. `serverAddress` is the `host:port` to which the client connected. */
export function groupList(serverAddress: string): object {
  const serverAddressByClientCIDRs = [{ clientCIDR: "0.0.0.0/0", serverAddress }];
  return { kind: "APIGroupList", groups: [{ name: GROUP, ...VERSIONS, serverAddressByClientCIDRs }] };
}

/** The body of `GET /apis/external.metrics.k8s.io`. */
export function group(): object {
  return { kind: "APIGroup", apiVersion: "v1", name: GROUP, ...VERSIONS };
}

/**
 * The body of `GET /apis/external.metrics.k8s.io/v1beta1`: the registered metrics, then those of neighbouring adapters,
 * each sorted and without duplicates. Without neighbours, it is empty until an HPA registers a metric. With neighbours,
 * it is never empty, as theirs never is: kubectl and Helm warn about an empty list. The only verb is `get`, so that the
 * garbage collector, the quota controller and the namespace controller do not call this API.
 */
export function resourceList(metricNames: readonly string[], delegated?: readonly string[]): object {
  const ours = new Set(metricNames);
  const theirs = [...new Set(delegated)].filter((name) => !ours.has(name)).sort();
  const names = [...[...ours].sort(), ...theirs];
  const resources = (names.length === 0 && delegated ? [LISTING] : names).map((name) => ({
    name,
    singularName: "",
    namespaced: true,
    kind: "ExternalMetricValueList",
    verbs: ["get"],
  }));
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: GROUP_VERSION, resources };
}

// Aggregated discovery. k8s.io/api/apidiscovery/v2/types.go

/** The media type of the aggregated discovery document, as the API server writes it. */
export const DISCOVERY_TYPE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/**
 * The body of `GET /apis` for the API server's discovery aggregator. It always lists one resource, whichever metrics
 * are registered. This keeps clients' discovery caches small, and the group is never empty.
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

/** The document's ETag, quoted as HTTP requires. */
export const aggregatedDiscoveryTag = `"${createHash("sha256").update(JSON.stringify(aggregatedDiscovery)).digest("hex").toUpperCase()}"`;

const [major, minor] = ADAPTER_VERSION.split(".");

/** The body of `GET /version`: the fields of `k8s.io/apimachinery/pkg/version.Info` that apply to this adapter. */
export const versionInfo: object = {
  major,
  minor,
  gitVersion: `v${ADAPTER_VERSION}`,
  platform: `${process.platform}/${process.arch}`,
};
