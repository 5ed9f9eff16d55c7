import { describe, expect, test } from "@jest/globals";
import type { JsonObject } from "../providerProtocol/json.ts";
import { formatPropertyPath } from "../providerProtocol/propertyPath.ts";
import { unknown } from "../providerProtocol/wire.ts";
import { configChanges } from "./configChanges.ts";

const kubeconfig = (server: string, token: string, cluster = "one"): string =>
  JSON.stringify({
    "current-context": "main",
    contexts: [{ name: "main", context: { cluster, user: "me" } }],
    clusters: [{ name: cluster, cluster: { server } }],
    users: [{ name: "me", user: { token } }],
  });
const here = kubeconfig("https://here", "a");
const renewed = kubeconfig("https://here", "b");
const there = kubeconfig("https://there", "a");

const changed = async (old: JsonObject, next: JsonObject): Promise<string[]> =>
  (await configChanges(old, next)).map(
    ({ path, kind, replaces }) => `${kind}${replaces ? "-replace" : ""} ${formatPropertyPath(path)}`,
  );

describe("changed arguments of a provider", () => {
  test("are none when nothing changed", async () => {
    expect(await changed({ kubeconfig: here }, { kubeconfig: here })).toEqual([]);
  });

  test("are an update when only credentials and names in the kubeconfig change", async () => {
    expect(await changed({ kubeconfig: here }, { kubeconfig: renewed })).toEqual(["update kubeconfig"]);
    const renamed = kubeconfig("https://here", "a", "two");
    expect(await changed({ kubeconfig: here }, { kubeconfig: renamed })).toEqual(["update kubeconfig"]);
  });

  test("are a replacement when the kubeconfig's cluster changes or is not known yet", async () => {
    expect(await changed({ kubeconfig: here }, { kubeconfig: there })).toEqual(["update-replace kubeconfig"]);
    expect(await changed({ kubeconfig: here }, { kubeconfig: unknown })).toEqual(["update-replace kubeconfig"]);
  });

  test("are an update whatever the kubeconfig says as long as the clusterIdentifier stays", async () => {
    const clusterIdentifier = "c1";
    const old = { kubeconfig: here, clusterIdentifier };
    expect(await changed(old, { kubeconfig: there, clusterIdentifier })).toEqual(["update kubeconfig"]);
    expect(await changed(old, { kubeconfig: unknown, clusterIdentifier })).toEqual(["update kubeconfig"]);
  });

  test("are a replacement when the clusterIdentifier changes, and not when it comes or goes", async () => {
    const first = { kubeconfig: here, clusterIdentifier: "c1" };
    expect(await changed(first, { ...first, clusterIdentifier: "c2" })).toEqual(["update-replace clusterIdentifier"]);
    expect(await changed({ kubeconfig: here }, first)).toEqual(["add clusterIdentifier"]);
    expect(await changed(first, { kubeconfig: here })).toEqual(["delete clusterIdentifier"]);
  });
});
