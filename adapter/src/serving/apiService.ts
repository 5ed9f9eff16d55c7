import { CUSTOM_API_SERVICES, EXTERNAL_API_SERVICE, record, recordsIn } from "@asm-autoscaler/hpa-metrics";
import type { Flags } from "../flags/flags.ts";
import { hasStatus, type Kubernetes } from "../kubernetes/client.ts";
import { fromBase64 } from "./pem.ts";

/** Annotation of an APIService: what this adapter replaced when it took it over, as JSON. */
export const REPLACED = "asm-metrics-adapter/replaced";
/** The name under which the API server records the adapter's writes in `metadata.managedFields`. */
export const FIELD_MANAGER = "asm-metrics-adapter";

/** A Service. */
export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

/** The parts of an APIService that the adapter uses. */
export interface ApiService {
  /** `VERSION.GROUP`, such as `v1beta1.external.metrics.k8s.io`. */
  readonly name: string;
  readonly resourceVersion: string;
  /** `spec.service`, and the same as `namespace/name`. Absent if the API server serves the group itself. */
  readonly service: Readonly<Record<string, unknown>> | undefined;
  readonly owner: string;
  /** `spec.caBundle` as it is, in base64, and its text. Both are empty if there is none. */
  readonly caBundle: string;
  readonly caText: string;
  readonly insecureSkipTLSVerify: boolean;
  /** `spec.versionPriority`. Of the versions of one group, the cluster prefers the one with the highest. */
  readonly versionPriority: number;
  /** The annotation REPLACED. */
  readonly replaced: string | undefined;
  /** Who wrote these fields of `spec` last, other than this adapter: the managers in `metadata.managedFields`. */
  readonly caBundleWriter: string | undefined;
  readonly serviceWriter: string | undefined;
}

/** The flags that decide which APIs the adapter serves. */
export type ApiFlags = Pick<Flags, "servesCustomMetrics">;

/** The APIServices of the APIs that an adapter with these flags serves. */
export function apiServicesOf({ servesCustomMetrics }: ApiFlags): string[] {
  return [EXTERNAL_API_SERVICE, ...(servesCustomMetrics ? CUSTOM_API_SERVICES : [])];
}

/** The path of an APIService in the API. */
export function apiServicePath(name: string): string {
  return `/apis/apiregistration.k8s.io/v1/apiservices/${name}`;
}

/** The version and the group of an APIService, from its name. */
export function versionAndGroup(name: string): { readonly version: string; readonly group: string } {
  const dot = name.indexOf(".");
  return { version: name.slice(0, dot), group: name.slice(dot + 1) };
}

/** Reads an APIService. Returns undefined if it does not exist. @throws KubernetesError */
export async function readApiService(
  kubernetes: Pick<Kubernetes, "call">,
  name: string,
): Promise<ApiService | undefined> {
  let object: unknown;
  try {
    object = await kubernetes.call("GET", apiServicePath(name));
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
  const { spec: givenSpec, metadata: givenMetadata } = record(object);
  const [spec, metadata] = [record(givenSpec), record(givenMetadata)];
  const service = spec["service"] ? record(spec["service"]) : undefined;
  const replaced = record(metadata["annotations"])[REPLACED];
  return {
    name,
    resourceVersion: String(metadata["resourceVersion"]),
    service,
    owner: ownerOf(service),
    caBundle: String(spec["caBundle"] ?? ""),
    caText: fromBase64(spec["caBundle"]),
    insecureSkipTLSVerify: spec["insecureSkipTLSVerify"] === true,
    versionPriority: Number(spec["versionPriority"] ?? 0),
    replaced: typeof replaced === "string" ? replaced : undefined,
    caBundleWriter: writerOf(metadata["managedFields"], "f:caBundle"),
    serviceWriter: writerOf(metadata["managedFields"], "f:service"),
  };
}

/** The Service of an APIService as `namespace/name`, for people. */
export function ownerOf(service: ApiService["service"] | null): string {
  return service ? `${service["namespace"]}/${service["name"]}` : "the API server itself";
}

/** Whether an APIService, or what is remembered of it, refers to a Service. */
export function refersTo(
  { service }: { readonly service: ApiService["service"] | null },
  { namespace, name }: ServiceName,
): boolean {
  return service?.["namespace"] === namespace && service["name"] === name;
}

/**
 * Updates an APIService with a JSON merge patch, if nobody has changed it since it was read.
 * @throws KubernetesError with status 409 if somebody has
 */
export async function patchApiService(
  kubernetes: Pick<Kubernetes, "call">,
  { name, resourceVersion }: Pick<ApiService, "name" | "resourceVersion">,
  change: { spec?: object; annotations?: Readonly<Record<string, string | null>> },
): Promise<void> {
  const { spec, annotations } = change;
  const body = { metadata: { resourceVersion, ...(annotations ? { annotations } : {}) }, ...(spec ? { spec } : {}) };
  await kubernetes.call("PATCH", apiServicePath(name), {
    ...{ body, contentType: "application/merge-patch+json", query: { fieldManager: FIELD_MANAGER } },
  });
}

/** Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management (managedFields). */
function writerOf(managedFields: unknown, field: string): string | undefined {
  const writers = recordsIn(managedFields).filter(({ manager, fieldsV1 }) => {
    const spec = record(record(fieldsV1)["f:spec"]);
    return manager !== FIELD_MANAGER && Object.hasOwn(spec, field);
  });
  const last = writers.toSorted((a, b) => (String(a["time"]) < String(b["time"]) ? -1 : 1)).at(-1);
  return last === undefined ? undefined : String(last["manager"]).slice(0, 128);
}

/** Says who else writes the `caBundle` of an APIService: `"keda"`. */
export function writerWords({ caBundleWriter }: Pick<ApiService, "caBundleWriter">): string {
  return caBundleWriter === undefined ? "another program" : `"${caBundleWriter}"`;
}

/** Says how to make a program stop writing the `caBundle`. Only KEDA's operator is known to have a switch for it. */
export function writerRemedy({ name, caBundleWriter, owner }: ApiService): string {
  // With cert-manager, its injector writes the CA of KEDA, and the switch has no effect.
  if (/keda/i.test(caBundleWriter ?? owner))
    return "Start KEDA's operator with `--enable-apiservice-patching=false` (chart value `certificates.operator.apiServicePatching.enabled: false`). KEDA has this switch since 2.20, so upgrade an older one first.";
  return `Find the program that writes \`spec.caBundle\` of the APIService ${name} (\`kubectl get apiservice ${name} -o yaml --show-managed-fields\`), and stop that.`;
}
