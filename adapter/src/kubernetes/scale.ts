import { oneLine, record, recordsIn, type ScaleTarget } from "@asm-autoscaler/hpa-metrics";
import type { Kubernetes } from "./client.ts";

/**
 * The plural name of a kind of object in its API group and version, from the cluster's discovery. It is what a path
 * calls the kind, such as `deployments`.
 *
 * @throws Error if the version has no such kind, or if it is not the name of a version.
 */
export async function resourceOf(
  kubernetes: Pick<Kubernetes, "call">,
  { apiVersion, kind }: Pick<ScaleTarget, "apiVersion" | "kind">,
  options: { readonly timeoutMs?: number } = {},
): Promise<string> {
  const { resources } = record(await kubernetes.call("GET", groupPath(apiVersion), options));
  const listed = recordsIn(resources).find(
    (one) => one["kind"] === kind && typeof one["name"] === "string" && isPathSegment(one["name"]),
  );
  const plural = listed?.["name"];
  if (typeof plural !== "string") throw new Error(`${oneLine(apiVersion, 100)} has no kind ${oneLine(kind, 100)}`);
  return plural;
}

/**
 * Reads the `scale` subresource of an object. Needs `get` on it.
 *
 * @param nameOf `resourceOf`, or names that are stored.
 * @throws Error
 */
export async function readScale(
  kubernetes: Pick<Kubernetes, "call">,
  namespace: string,
  target: ScaleTarget,
  nameOf: (target: ScaleTarget) => Promise<string>,
  options: { readonly timeoutMs?: number } = {},
): Promise<Readonly<Record<string, unknown>>> {
  const { apiVersion, kind, name } = target;
  if (!isPathSegment(name)) throw new Error(`${kind} ${oneLine(name, 100)} is not an object's name`);
  const path = `${groupPath(apiVersion)}/namespaces/${encodeURIComponent(namespace)}/${await nameOf(target)}/${encodeURIComponent(name)}/scale`;
  return record(await kubernetes.call("GET", path, options));
}

/** The API group of an `apiVersion`. Empty for the core group. */
export function groupOf({ apiVersion }: Pick<ScaleTarget, "apiVersion">): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}

/** The path of an API group and version. Throws if it is not `VERSION` or `GROUP/VERSION`. */
function groupPath(apiVersion: string): string {
  const parts = apiVersion.split("/");
  if (parts.length > 2 || !parts.every(isPathSegment))
    throw new Error(`${oneLine(JSON.stringify(apiVersion), 100)} is not the version of an API group`);
  return parts.length === 1 ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
}

/** Whether a name of an object is one segment of a path, and not `..` or a part of another path. */
function isPathSegment(name: string): boolean {
  return /^[a-z0-9](?:[a-z0-9.:-]{0,251}[a-z0-9])?$/i.test(name) && !name.includes("..");
}
