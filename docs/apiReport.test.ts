import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { apiReport } from "./apiReport";

const library = join(__dirname, "../packages/asm-autoscaler");
const committed = join(library, "api.txt");

// A change of the public types is seen in review. After a wanted change: WRITE_API=1 npm run test:unit -- docs/apiReport
test("the public API of the library is the one of the committed report", () => {
  const report = apiReport(library);
  if (process.env["WRITE_API"] === "1") writeFileSync(committed, report);
  expect(report).toBe(readFileSync(committed, "utf8"));
});
