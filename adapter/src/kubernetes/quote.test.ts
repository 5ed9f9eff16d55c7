import { expect, test } from "@jest/globals";
import { quote } from "./quote.ts";

// Each expected text was printed by Go 1.26's fmt.Sprintf("%q", …).
test.each([
  ["plain", '"plain"'],
  ['say "hi" \\ bye', '"say \\"hi\\" \\\\ bye"'],
  ["\u0000\u0007\n\t\u007f", '"\\x00\\a\\n\\t\\x7f"'],
  ["é 世 😀", '"é 世 😀"'],
  ["\u00a0\u200b\u{e0001}", '"\\u00a0\\u200b\\U000e0001"'],
])("%j", (text, quoted) => {
  expect(quote(text)).toBe(quoted);
});
