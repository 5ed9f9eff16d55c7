import { record } from "@asm-autoscaler/hpa-metrics";
import type { ApiService, ServiceName } from "./apiService.ts";

/** What the adapter replaced in the APIService: the parts of its `spec`, and nothing secret. */
export interface Replaced {
  /** `spec.service`. Null if the API server served the group itself. */
  readonly service: Readonly<Record<string, unknown>> | null;
  /** In base64. */
  readonly caBundle?: string;
  readonly insecureSkipTLSVerify?: true;
  /** The Service of the adapter that replaced it, as `namespace/name`. A cluster can have several installations. */
  readonly by?: string;
}

/** What must be remembered of an APIService before it is taken over. @param caBundle in base64, without our authorities */
export function replacedOf({ service, insecureSkipTLSVerify }: PresentOwner, caBundle: string): Replaced {
  return {
    service: service ?? null,
    ...(caBundle === "" ? {} : { caBundle }),
    ...(insecureSkipTLSVerify ? { insecureSkipTLSVerify } : {}),
  };
}

type PresentOwner = Pick<ApiService, "service" | "insecureSkipTLSVerify">;

/** Parses the annotation. Returns undefined if it is not there, or is not what the adapter writes. */
export function parseReplaced(annotation: string | undefined): Replaced | undefined {
  if (annotation === undefined) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(annotation);
  } catch {
    return undefined;
  }
  const { service, caBundle, insecureSkipTLSVerify, by } = record(parsed);
  if (service !== null && serviceOf({ service: record(service) }) === undefined) return undefined;
  return {
    service: service === null ? null : record(service),
    ...(typeof caBundle === "string" && caBundle !== "" ? { caBundle } : {}),
    ...(insecureSkipTLSVerify === true ? { insecureSkipTLSVerify } : {}),
    ...(typeof by === "string" && by !== "" ? { by } : {}),
  };
}

/** The replaced Service. Undefined if there was none. */
export function serviceOf({ service }: Pick<Replaced, "service">): ServiceName | undefined {
  const { namespace, name } = service ?? {};
  return typeof namespace === "string" && typeof name === "string" ? { namespace, name } : undefined;
}
