import { expect, test } from "@jest/globals";
import { counted } from "./plural";

test.each([
  [0, "0 pods"],
  [1, "1 pod"],
  [2, "2 pods"],
])("%d of a noun is %s", (count, words) => {
  expect(counted(count, "pod")).toBe(words);
});
