import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { DIFFERENCES } from "../packages/control-plane/tests/faults/rules/differences.ts";

const page = join(__dirname, "reference/differences.md");
const HEAD = "| Case | prometheus-adapter | This adapter | Why |\n|---|---|---|---|\n";

// After a change: WRITE_DIFFERENCES=1 npm run test:unit -- docs/rulesDifferences
test("the table of differences from prometheus-adapter is the one that the test against the real adapter permits", () => {
  const text = readFileSync(page, "utf8");
  const start = text.indexOf(HEAD) + HEAD.length;
  expect(start).toBeGreaterThan(HEAD.length);
  const end = text.indexOf("\n\n", start) + 1;
  const rows = DIFFERENCES.map(({ of, original, ours, why }) => `| ${of} | ${original} | ${ours} | ${why} |\n`);
  const made = text.slice(0, start) + rows.join("") + text.slice(end);
  if (process.env["WRITE_DIFFERENCES"] === "1") writeFileSync(page, made);
  expect(readFileSync(page, "utf8")).toBe(made);
});
