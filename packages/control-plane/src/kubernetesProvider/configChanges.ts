import { isDeepStrictEqual } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";
import type { PropertyChange } from "../providerProtocol/diffResponse.ts";
import { type JsonObject, textAt } from "../providerProtocol/json.ts";
import { isUnknown } from "../providerProtocol/wire.ts";
import { changes } from "./changes.ts";
import { readKubeconfig } from "./cluster.ts";

/**
 * The changes in the arguments of a provider resource (`new k8s.Provider`), and whether a change means another cluster.
 * In that case, the provider and all its resources are replaced. The rules are those of pulumi-kubernetes (DiffConfig
 * in provider/pkg/provider/provider.go):
 * - With a `clusterIdentifier`, only its value decides. Adding or removing one replaces nothing.
 * - Without one, a kubeconfig with a different current cluster means another cluster. So does an unknown kubeconfig.
 * @param old In plaintext.
 * @param next In plaintext. May contain unknown values.
 */
export async function configChanges(old: JsonObject, next: JsonObject): Promise<PropertyChange[]> {
  const found = changes(old, next);
  if (found.length === 0) return [];
  const replacing = await replacingKeys(old, next);
  return found.map((change) => ({ ...change, replaces: replacing.includes(String(change.path[0])) }));
}

async function replacingKeys(old: JsonObject, next: JsonObject): Promise<string[]> {
  const before = textAt(old, "clusterIdentifier");
  const after = textAt(next, "clusterIdentifier");
  if (before !== undefined && before === after) return [];
  const identified = before !== undefined && after !== undefined ? ["clusterIdentifier"] : [];
  return (await isAnotherCluster(old, next)) ? [...identified, "kubeconfig"] : identified;
}

async function isAnotherCluster(old: JsonObject, next: JsonObject): Promise<boolean> {
  if (isUnknown(next["kubeconfig"])) return true;
  const before = await currentCluster(textAt(old, "kubeconfig"));
  const after = await currentCluster(textAt(next, "kubeconfig"));
  return before !== undefined && after !== undefined && !isDeepStrictEqual(before, after);
}

/** All data of the kubeconfig's current cluster except its name. Undefined if there is no current cluster. */
async function currentCluster(kubeconfig: string | undefined): Promise<object | undefined> {
  if (kubeconfig === undefined) return undefined;
  const config = new KubeConfig();
  try {
    config.loadFromString(await readKubeconfig(kubeconfig));
  } catch {
    return undefined; // the first use of the provider reports the error
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) return undefined;
  const { name: _, ...rest } = cluster;
  return rest;
}
