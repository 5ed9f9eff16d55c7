import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "@jest/globals";

/** The adapter's bundle: what costs memory in every adapter pod is not in it. */

const BUNDLE = join(process.cwd(), "adapter/dist/adapter.mjs");

test("V8 can keep one byte for each character of the adapter", () => {
  expect(readFileSync(BUNDLE, "utf8").match(/[^\0-\xff]/u)).toBeNull();
});

test("the adapter does not load Node's copy of undici beside its own", () => {
  const program = `
    process.on("exit", () => console.log(process.moduleLoadList.join("\\n")));
    process.argv.splice(1, Infinity, "adapter", "--version");
    import(${JSON.stringify(pathToFileURL(BUNDLE))});`;
  const modules = execFileSync(process.execPath, ["--eval", program], { encoding: "utf8" }).split("\n");
  expect(modules).toContain("NativeModule http");
  expect(modules.filter((name) => name.includes("undici"))).toEqual([]);
});
