import { expect, test } from "@jest/globals";
import { type Kubernetes, KubernetesError } from "../../kubernetes/client.ts";
import { readHpaObject } from "./hpaObject.ts";

const PATH = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers";
const WEB = { metadata: { namespace: "shop", name: "web" }, spec: { maxReplicas: 3 } };

/** An API server that has one HPA, and a user with these verbs. */
function apiServer(...verbs: readonly ("get" | "list")[]): Kubernetes {
  const call: Kubernetes["call"] = async (_method, path, { query = {} } = {}) => {
    const verb = path === PATH ? "list" : "get";
    if (!verbs.includes(verb)) throw new KubernetesError(403, `cannot ${verb} resource "horizontalpodautoscalers"`);
    if (verb === "get") {
      if (path === `${PATH}/web`) return WEB;
      throw new KubernetesError(404, "not found");
    }
    const selected = query["fieldSelector"] ?? "metadata.name=web";
    return { metadata: { resourceVersion: "1" }, items: selected === "metadata.name=web" ? [WEB] : [] };
  };
  return { call } as Kubernetes;
}

test.each([[["get"]], [["list"]], [["get", "list"]]] as const)(
  "an HPA is read by a user who may only %j",
  async (verbs) => {
    expect(await readHpaObject(apiServer(...verbs), "shop", "web")).toEqual(WEB);
  },
);

test.each([[["list"]], [["get", "list"]]] as const)(
  "an HPA that does not exist is named with a similar one, for a user who may %j",
  async (verbs) => {
    await expect(readHpaObject(apiServer(...verbs), "shop", "wev")).rejects.toThrow(
      "there is no HPA shop/wev. Correct the name: there is web",
    );
  },
);

test("a user who may neither get nor list is told so", async () => {
  await expect(readHpaObject(apiServer(), "shop", "web")).rejects.toThrow(
    /the HPA shop\/web cannot be read: .*cannot list.*may get or list horizontalpodautoscalers/,
  );
});
