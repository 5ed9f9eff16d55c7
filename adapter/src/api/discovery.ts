import { ADAPTER_VERSION } from "../version.ts";
import type { ApiGroup } from "./groups.ts";

// Legacy discovery. Source of the types and key order: apimachinery/pkg/apis/meta/v1/types.go (APIGroupList, APIGroup,
// APIResourceList).

function versionsOf({ name, versions }: ApiGroup): object {
  const [preferredVersion, ...others] = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { versions: [preferredVersion, ...others], preferredVersion };
}

/** The body of `GET /apis`. `serverAddress` is the `host:port` to which the client connected. */
export function groupList(groups: readonly ApiGroup[], serverAddress: string): object {
  const serverAddressByClientCIDRs = [{ clientCIDR: "0.0.0.0/0", serverAddress }];
  const listed = groups.map((group) => ({ name: group.name, ...versionsOf(group), serverAddressByClientCIDRs }));
  return { kind: "APIGroupList", groups: listed };
}

/** The body of `GET /apis/GROUP`. */
export function groupDocument(group: ApiGroup): object {
  return { kind: "APIGroup", apiVersion: "v1", name: group.name, ...versionsOf(group) };
}

/** An entry of an APIResourceList. */
export interface ApiResource {
  readonly name: string;
  readonly singularName: "";
  readonly namespaced: boolean;
  readonly kind: string;
  readonly verbs: readonly string[];
}

/**
 * The only verb of all resources. With it, the garbage collector, the quota controller and the namespace controller do
 * not call this API.
 */
const VERBS: readonly string[] = ["get"];

/** An entry of a group's APIResourceList. */
export function resource({ kind }: ApiGroup, name: string, namespaced: boolean): ApiResource {
  return { name, singularName: "", namespaced, kind, verbs: VERBS };
}

/** An APIResourceList of one version of a group. */
export function resourceList({ name }: ApiGroup, version: string, resources: readonly ApiResource[]): object {
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: `${name}/${version}`, resources };
}

// Aggregated discovery. k8s.io/api/apidiscovery/v2/types.go

/** The media type of the aggregated discovery document, as the API server writes it. */
export const DISCOVERY_TYPE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/**
 * The body of `GET /apis` for the API server's discovery aggregator. It lists one resource per group, whichever metrics
 * are registered. This keeps clients' discovery caches small, and no group is ever empty. Metrics of `pods` are not
 * listed: a second resource `pods` would make short names ambiguous.
 */
export function aggregatedDiscovery(groups: readonly ApiGroup[]): object {
  const items = groups.map((group) => ({
    metadata: { name: group.name },
    versions: group.versions.map((version) => ({
      version,
      resources: [
        {
          resource: group.resource,
          responseKind: { group: "", version: "", kind: group.kind },
          scope: "Namespaced",
          singularResource: "",
          verbs: VERBS,
        },
      ],
      freshness: "Current",
    })),
  }));
  return { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {}, items };
}

const [major, minor] = ADAPTER_VERSION.split(".");

/** The body of `GET /version`: the fields of `k8s.io/apimachinery/pkg/version.Info` that apply to this adapter. */
export const versionInfo: object = {
  major,
  minor,
  gitVersion: `v${ADAPTER_VERSION}`,
  platform: `${process.platform}/${process.arch}`,
};
