import { expect, test } from "@jest/globals";
import { nameErrors, namespaceName, objectName } from "./inputErrors";
import { UNKNOWN } from "./inputs";

const right = (rule: Parameters<typeof nameErrors>[2], name: string) => nameErrors("x", name, rule).length === 0;

test.each([
  ["kube-system", true, true],
  ["a", true, true],
  ["web.v2", false, true],
  ["Web_2", false, false],
  ["-web", false, false],
  ["web-", false, false],
  ["web..v2", false, false],
  ["", false, false],
  ["a b", false, false],
  ["web\n", false, false],
  ["a".repeat(63), true, true],
  ["a".repeat(64), false, true],
  ["a".repeat(254), false, false],
])("%j as a namespace and as an object", (name, asNamespace, asObject) => {
  expect([right(namespaceName, name), right(objectName, name)]).toEqual([asNamespace, asObject]);
});

test("a name that only the engine will know is not judged", () => {
  expect(nameErrors("x", UNKNOWN, objectName)).toEqual([]);
});
