import { expect, test } from "@jest/globals";
import { parseCommandLine } from "./commandLine";

/** What commander would be given. */
function given(...argv: string[]): readonly string[] {
  let seen: readonly string[] = [];
  const command = {
    options: [],
    configureOutput: () => undefined,
    parse: (words: readonly string[]) => {
      seen = words;
    },
  };
  parseCommandLine(command, argv, (sentence) => new Error(sentence));
  return seen;
}

test("an equals sign after a flag of one letter is not part of its value, as in kubectl", () => {
  expect(given("-o=json", "-n=a=b", "--output=json", "-", "x=y")).toEqual([
    "-ojson",
    "-na=b",
    "--output=json",
    "-",
    "x=y",
  ]);
  expect(given("--", "-o=json")).toEqual(["--", "-o=json"]);
});
