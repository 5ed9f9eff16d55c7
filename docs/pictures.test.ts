import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { backtest } from "../packages/asm-autoscaler/src/backtest/backtest";

import { anticipationPicture } from "./pictures/anticipation";

const script = join(__dirname, "pictures/architecture.mts");

test("the architecture picture is the one that its text describes, and its texts do not overlap", () => {
  expect(() => execFileSync(process.execPath, [script, "--check"], { stdio: "pipe" })).not.toThrow();
});

test("the backtest's picture and table are what its page says that the command makes", async () => {
  const page = readFileSync(join(__dirname, "how-to/backtest.md"), "utf8");
  const [, command = "", table = ""] =
    /```sh\nnpx @asm-autoscaler\/asm-autoscaler backtest (.*)\n```\n\n```\n([^`]*)```/.exec(page) ?? [];
  const picture = join(mkdtempSync(join(tmpdir(), "pictures-")), "backtest.svg");
  const argv = command.split(" ").map((word) => (word === "--svg=backtest.svg" ? `--svg=${picture}` : word));
  let out = "";
  expect(await backtest(argv, { out: (text) => (out += text), error: (text) => (out += text), now: Date.now })).toBe(0);
  expect(out).toBe(table);
  // If the picture shall change: run the command and copy its backtest.svg to docs/pictures.
  expect(readFileSync(picture, "utf8")).toBe(readFileSync(join(__dirname, "pictures/backtest.svg"), "utf8"));
});

test("the picture of what is anticipated is what is computed for its days; WRITE_PICTURES=1 writes it", () => {
  const file = join(__dirname, "pictures/anticipation.svg");
  if (process.env["WRITE_PICTURES"]) writeFileSync(file, anticipationPicture());
  expect(readFileSync(file, "utf8")).toBe(anticipationPicture());
});
