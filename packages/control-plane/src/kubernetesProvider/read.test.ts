import { describe, expect, test } from "@jest/globals";
import { inputsOf } from "./read.ts";

const metadata = { name: "s", namespace: "test" };

describe("the inputs of a live object", () => {
  test("keep the spelling of what did not change", () => {
    const inputs = { kind: "Deployment", metadata, spec: { limits: { cpu: "1000m", memory: "1Gi" } } };
    const live = { kind: "Deployment", metadata, spec: { limits: { cpu: "1", memory: "2Gi" }, replicas: 1 } };
    expect(inputsOf(live, inputs)).toEqual({
      kind: "Deployment",
      metadata,
      spec: { limits: { cpu: "1000m", memory: "2Gi" } },
    });
  });

  test("give a Secret's data back as the stringData that the program set", () => {
    const inputs = { apiVersion: "v1", kind: "Secret", metadata, stringData: { a: "x" } };
    const live = { apiVersion: "v1", kind: "Secret", metadata, data: { a: "eQ==", other: "eg==" }, type: "Opaque" };
    expect(inputsOf(live, inputs)).toEqual({ apiVersion: "v1", kind: "Secret", metadata, stringData: { a: "y" } });
  });

  test("are all but what the cluster made when the program has none yet", () => {
    const live = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { ...metadata, uid: "1", resourceVersion: "2", managedFields: [] },
      data: { a: "b" },
      status: {},
    };
    expect(inputsOf(live, {})).toEqual({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "b" } });
  });
});
