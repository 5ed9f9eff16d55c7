import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";

const root = join(__dirname, "..");
const tracked = execFileSync("git", ["ls-files", "-z", "*.ts", "*.mjs"], { cwd: root, encoding: "utf8" })
  .split("\0")
  .filter((file) => file !== "" && !/\.(test|testing)\.ts$/.test(file));

/** Codes as strings of the sources; comments that only explain the form use ASM_CODE and ASM_SOMETHING. */
const used = new Set(
  tracked.flatMap((file) => readFileSync(join(root, file), "utf8").match(/(?<=["'`])ASM_[A-Z0-9_]+/g) ?? []),
);
used.delete("ASM_CODE");
const page = readFileSync(join(root, "docs/reference/errors.md"), "utf8");
const sections = page.split(/^## /m).slice(1);
const listed = sections.map((section) => section.split("\n")[0] ?? "");

describe("the page of errors", () => {
  test("lists every code that the sources have, each once and in order", () => {
    expect([...used].filter((code) => !listed.includes(code))).toEqual([]);
    expect(listed).toEqual([...new Set(listed)].sort());
  });

  test("lists no code that nothing has any more", () => {
    expect(listed.filter((code) => !used.has(code))).toEqual([]);
  });

  test("has a remedy for each", () => {
    expect(
      sections.filter((section) => !/^Remedy: \S/m.test(section)).map((section) => section.split("\n")[0]),
    ).toEqual([]);
  });
});
