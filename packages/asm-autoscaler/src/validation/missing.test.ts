import { expect, test } from "@jest/globals";
import { missingErrors } from "./inputErrors";
import { UNKNOWN } from "./inputs";

test("what is left out is named by its path, what comes later is not judged", () => {
  expect(missingErrors("zones[0].zoneId", undefined, "Name a zone")).toEqual([
    {
      path: "zones[0].zoneId",
      code: "ASM_ARGUMENT_MISSING",
      message: "zones[0].zoneId is required",
      remedy: "Name a zone",
    },
  ]);
  expect(missingErrors("x", null, "")).toHaveLength(1);
  expect(missingErrors("x", UNKNOWN, "")).toEqual([]);
  expect(missingErrors("x", 0, "")).toEqual([]);
  expect(missingErrors("x", "", "")).toEqual([]);
});
