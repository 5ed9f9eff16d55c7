import { describe, expect, test } from "@jest/globals";
import type { JsonObject } from "../../providerProtocol/json.ts";
import { type Collections, readiness } from "./readiness.ts";

const cluster: Collections = { collection: async ({ kind }, namespace) => `/${namespace}/${kind}` };
const object = (kind: string, apiVersion: string, annotations: JsonObject, rest: JsonObject = {}): JsonObject => ({
  apiVersion,
  kind,
  metadata: { name: "a", namespace: "test", annotations },
  ...rest,
});
const condition = (type: string, status: string): JsonObject => ({ status: { conditions: [{ type, status }] } });

describe("when an object is ready", () => {
  test("nothing is awaited of a kind that is ready as it is, nor with skipAwait", async () => {
    expect(await readiness(cluster, object("ConfigMap", "v1", {}))).toBeUndefined();
    const skipped = object("Deployment", "apps/v1", { "pulumi.com/skipAwait": "true" });
    expect(await readiness(cluster, skipped)).toBeUndefined();
  });

  test("waitFor awaits a condition, True when it says nothing else", async () => {
    const ready = await readiness(
      cluster,
      object("APIService", "x/v1", { "pulumi.com/waitFor": "condition=Available" }),
    );
    expect(ready?.path).toBe("/test/APIService?fieldSelector=metadata.name%3Da");
    expect(ready?.lacks(condition("Available", "True"))).toBeUndefined();
    expect(ready?.lacks(condition("Available", "False"))).toBe("condition Available is False, not True");
    expect(ready?.lacks({})).toBe("condition Available is not set, not True");
    const off = await readiness(cluster, object("X", "x/v1", { "pulumi.com/waitFor": "condition=Busy=False" }));
    expect(off?.lacks(condition("Busy", "False"))).toBeUndefined();
  });

  test("waitFor awaits all of a list", async () => {
    const both = '["jsonpath={.data.ready}=yes", "jsonpath={.data.name}"]';
    const ready = await readiness(cluster, object("ConfigMap", "v1", { "pulumi.com/waitFor": both }));
    expect(ready?.lacks({ data: { ready: "yes", name: "x" } })).toBeUndefined();
    expect(ready?.lacks({ data: { ready: "yes" } })).toMatch(/\.data\.name.*found nothing/);
    expect(ready?.lacks({ data: { ready: "no", name: "x" } })).toMatch(/found no$/);
  });

  test("waitFor that cannot be read is an error that shows it", async () => {
    const broken = object("ConfigMap", "v1", { "pulumi.com/waitFor": "status.phase == Ready" });
    await expect(readiness(cluster, broken)).rejects.toThrow('"status.phase == Ready"');
  });

  test("a Service awaits an endpoint unless it selects no pods", async () => {
    const selecting = object("Service", "v1", {}, { spec: { selector: { app: "a" } } });
    const ready = await readiness(cluster, selecting);
    expect(ready?.path).toBe("/test/Endpoints?fieldSelector=metadata.name%3Da");
    expect(ready?.lacks({ subsets: [] })).toBe("it has no endpoint");
    expect(ready?.lacks({ subsets: [{ addresses: [{ ip: "192.0.2.1" }] }] })).toBeUndefined();
    for (const spec of [{}, { selector: { app: "a" }, clusterIP: "None" }, { type: "ExternalName" }]) {
      expect(await readiness(cluster, object("Service", "v1", {}, { spec }))).toBeUndefined();
    }
  });
});
