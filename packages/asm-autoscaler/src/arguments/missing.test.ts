import { expect, test } from "@jest/globals";
import { missingMistakes } from "../validation/inputErrors";
import { UNKNOWN } from "../validation/inputs";

test("what is left out is named by its path, what comes later is not judged", () => {
  expect(missingMistakes("zones[0].zoneId", undefined, "Name a zone")).toEqual([
    {
      path: "zones[0].zoneId",
      code: "ASM_ARGUMENT_MISSING",
      message: "zones[0].zoneId is required",
      remedy: "Name a zone",
    },
  ]);
  expect(missingMistakes("x", null, "")).toHaveLength(1);
  expect(missingMistakes("x", UNKNOWN, "")).toEqual([]);
  expect(missingMistakes("x", 0, "")).toEqual([]);
  expect(missingMistakes("x", "", "")).toEqual([]);
});
