import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { contains, formatPropertyPath, parsePropertyPath } from "./propertyPath.ts";

describe("a property path", () => {
  test("is read as Pulumi writes it", () => {
    expect(parsePropertyPath("spec.caBundle")).toEqual(["spec", "caBundle"]);
    expect(parsePropertyPath("spec.ports[0].port")).toEqual(["spec", "ports", 0, "port"]);
    expect(parsePropertyPath('metadata.annotations["example.com/a"]')).toEqual([
      "metadata",
      "annotations",
      "example.com/a",
    ]);
    expect(parsePropertyPath("spec.containers[*].image")).toEqual(["spec", "containers", "*", "image"]);
  });

  test("is read back as it was written, whatever its keys hold", () => {
    const key = fc.string({ minLength: 1 }).filter((text) => text !== "*");
    fc.assert(
      fc.property(fc.array(fc.oneof(key, fc.nat()), { minLength: 1 }), (steps) => {
        expect(parsePropertyPath(formatPropertyPath(["spec", ...steps]))).toEqual(["spec", ...steps]);
      }),
    );
  });

  test("contains itself and what lies in it, and a star stands for any step", () => {
    expect(contains(["data"], ["data", "a"])).toBe(true);
    expect(contains(["data"], ["data"])).toBe(true);
    expect(contains(["data", "a"], ["data"])).toBe(false);
    expect(contains(["data"], ["database"])).toBe(false);
    expect(contains(["ports", "*", "port"], ["ports", 3, "port"])).toBe(true);
  });
});
