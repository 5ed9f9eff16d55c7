import type { Selector } from "../kubernetes/labelSelector.ts";
import type { CustomRead } from "./customMetrics.ts";
import type { ApiGroup } from "./groups.ts";
import type { Status } from "./status.ts";

/** The names of the health checks. Each name is also a path. */
export type HealthCheck = "healthz" | "livez" | "readyz";

/** What a request addresses. */
export type Route =
  | { readonly kind: "health"; readonly check: HealthCheck; readonly verbose: boolean }
  | { readonly kind: "groupList" }
  | { readonly kind: "group"; readonly group: ApiGroup }
  | { readonly kind: "resourceList"; readonly group: ApiGroup; readonly version: string }
  | { readonly kind: "version" }
  | { readonly kind: "openapiV2" }
  | { readonly kind: "openapiIndex" }
  | { readonly kind: "openapi"; readonly groupVersion: string; readonly hash: string | undefined }
  | MetricRoute
  | CustomRoute
  | RefusedRoute;

/** A read of one external metric. */
export interface MetricRoute {
  readonly kind: "metric";
  readonly namespace: string;
  readonly metric: string;
  readonly selector: Selector;
  /** The client's `timeout` parameter in milliseconds. The server's own deadline can be shorter. */
  readonly timeoutMs: number | undefined;
}

/** A read of one custom metric: of one object, or of all objects that a selector matches. */
export interface CustomRoute {
  readonly kind: "customMetric";
  /** Version of the answer. */
  readonly version: string;
  readonly read: CustomRead;
  /** As in `MetricRoute`. */
  readonly timeoutMs: number | undefined;
}

/** A request that gets this Status if the client is authorized for it. */
export interface RefusedRoute {
  readonly kind: "refused";
  readonly status: Status;
}

export function refused(status: Status): RefusedRoute {
  return { kind: "refused", status };
}
