import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { JsonObject } from "../providerProtocol/json.ts";
import { inInputShape } from "./inputShape.ts";

describe("a live object in the shape of its inputs", () => {
  test("has only the fields that the inputs set, with their live values", () => {
    const live = { spec: { replicas: 3, ports: [{ port: 1, protocol: "TCP" }, { port: 2 }] }, status: {} };
    const inputs = { spec: { replicas: 1, ports: [{ port: 1 }] } };
    expect(inInputShape(live, inputs)).toEqual({ spec: { replicas: 3, ports: [{ port: 1 }] } });
  });

  test("lacks what is gone, but not what the server drops because it is empty", () => {
    expect(inInputShape({}, { labels: {}, name: "a" })).toEqual({ labels: {} });
  });

  test("has a key that means something to JavaScript as any other", () => {
    const live = JSON.parse('{ "data": { "__proto__": { "a": "b" }, "constructor": "c" } }') as JsonObject;
    expect(JSON.stringify(inInputShape(live, live))).toBe(JSON.stringify(live));
  });

  test("of inputs that are live is the inputs themselves", () => {
    const inputs = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(inputs, (object) => {
        const json = JSON.parse(JSON.stringify(object)) as JsonObject;
        expect(inInputShape(json, json)).toEqual(json);
      }),
    );
  });
});
