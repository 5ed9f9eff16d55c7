import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { problems } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { errorReference } from "./errorReference";

const root = join(__dirname, "..");
const page = join(root, "docs/reference/errors.md");
const table = Object.keys(problems).sort();

/** The sources that report problems: neither tests, nor the table and its texts. */
const sources = execFileSync("git", ["ls-files", "-z", "*.ts", "*.mts", "*.mjs"], { cwd: root, encoding: "utf8" })
  .split("\0")
  .filter((file) => file !== "" && !/\.(test|testing)\.ts$|\/problems\/|^docs\//.test(file));

/** Every code in the sources, also in texts and comments. `ASM_CODE` stands for any code. */
const named = new Set(
  sources.flatMap((file) => readFileSync(join(root, file), "utf8").match(/\bASM_[A-Z0-9_]+\b/g) ?? []),
);
named.delete("ASM_CODE");

describe("the table of problems", () => {
  test("has every code that the sources name", () => {
    expect([...named].filter((code) => !table.includes(code))).toEqual([]);
  });

  test("has no code that nothing reports", () => {
    expect(table.filter((code) => !named.has(code))).toEqual([]);
  });

  test("has a sentence as the remedy of each", () => {
    const wrong = Object.entries(problems).filter(([, { remedy }]) => !/^[A-Z`].*\.$/.test(remedy));
    expect(wrong.map(([code, { remedy }]) => `${code}: ${remedy}`)).toEqual([]);
  });
});

describe("the error reference", () => {
  // After a change of a problem: WRITE_ERRORS=1 npm run test:unit -- docs/errors
  test("is the one of the table", () => {
    const made = errorReference(readFileSync(join(root, "docs/problems/introduction.md"), "utf8"));
    if (process.env["WRITE_ERRORS"] === "1") writeFileSync(page, made);
    expect(readFileSync(page, "utf8")).toBe(made);
  });
});
