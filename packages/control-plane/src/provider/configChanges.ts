import { isDeepStrictEqual } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";
import type { PropertyChange } from "../providerProtocol/diffResponse.ts";
import { type JsonObject, textAt } from "../providerProtocol/json.ts";
import { isUnknown } from "../providerProtocol/wire.ts";
import { changes } from "./changes.ts";
import { readKubeconfig } from "./cluster.ts";

/**
 * What changes in the arguments of a provider resource (`new k8s.Provider`), and whether the change means another cluster,
 * so that the provider and all that it made are replaced. As in pulumi-kubernetes (DiffConfig in provider/pkg/provider/provider.go):
 * with a `clusterIdentifier` it alone decides, and one that comes or goes replaces nothing; without one, another current
 * cluster in the kubeconfig is another cluster, and so is a kubeconfig that is not known yet.
 * @param old In clear.
 * @param next In clear; may hold unknown values.
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

/** All that the kubeconfig says of its current cluster but the name; undefined where it names none. */
async function currentCluster(kubeconfig: string | undefined): Promise<object | undefined> {
  if (kubeconfig === undefined) return undefined;
  const config = new KubeConfig();
  try {
    config.loadFromString(await readKubeconfig(kubeconfig));
  } catch {
    return undefined; // what uses the provider will say what is wrong with it
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) return undefined;
  const { name: _, ...rest } = cluster;
  return rest;
}
