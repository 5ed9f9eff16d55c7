import { describe, expect, test } from "@jest/globals";
import { findJsonPath } from "./jsonPath.ts";

const object = {
  status: {
    phase: "Running",
    conditions: [
      { type: "Ready", status: "True" },
      { type: "Other", status: "False" },
    ],
  },
  data: { "a.b": "c" },
};

describe("a JSONPath", () => {
  test.each([
    ["{.status.phase}", ["Running"]],
    [".status.phase", ["Running"]],
    ["{.status.conditions[0].type}", ["Ready"]],
    ["{.status.conditions[*].status}", ["True", "False"]],
    ['{.status.conditions[?(@.type=="Other")].status}', ["False"]],
    ['{.data["a.b"]}', ["c"]],
    ["{.status.nothing}", []],
  ])("%s finds what kubectl's does", (path, found) => {
    expect(findJsonPath(object, path)).toEqual(found);
  });

  test("that it cannot read is an error that shows from where on", () => {
    expect(() => findJsonPath(object, "{.status..phase}")).toThrow('from "..phase" on');
  });
});
