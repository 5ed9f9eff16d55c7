import { execFile, execFileSync } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { componentNames, generateSdk, typeNames } from "./generatedSdk.ts";

/** The Python SDK, made by Pulumi's own generator from the committed schema. */

const run = promisify(execFile);
const python = pythonVersion();
// A skipped test shows in the counts; its name says why.
const withPython = python === undefined ? test.skip : test;

let folder = "";
const source = (module: string) => readFile(join(folder, "asm_autoscaler_asm_autoscaler", `${module}.py`), "utf8");

beforeAll(async () => {
  folder = await generateSdk("python");
}, 600_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the Python SDK", () => {
  test("has a class for every component of the schema and a type for every type", async () => {
    for (const name of componentNames) {
      expect(await source(snakeCase(name))).toMatch(new RegExp(`^class ${name}\\(pulumi\\.Component`, "m"));
    }
    // Interfaces are in one module, enums in the other, which is there when there are any.
    const inputs = `${await source("_inputs")}${await source("_enums").catch(() => "")}`;
    for (const name of typeNames) expect(inputs).toMatch(new RegExp(`^class ${name}(Args)?\\b`, "m"));
  });

  test("names arguments as Python does, with our words about them", async () => {
    const autoscaler = await source("traffic_autoscaler");
    expect(autoscaler).toMatch(/max_replicas: pulumi\.Input\[/);
    expect(autoscaler).toContain("Maximum number of replicas. Must not be less than minReplicas.");
  });

  withPython(
    `is compiled by ${python ?? "python3, which this machine lacks"}`,
    async () => {
      await run("python3", ["-m", "compileall", "-q", folder]); // exits with 1 when a file does not compile
    },
    60_000,
  );
});

/** The module of a component, as the generator names it: TrafficAutoscaler is in traffic_autoscaler. */
const snakeCase = (name: string) => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toLowerCase();

function pythonVersion(): string | undefined {
  try {
    return execFileSync("python3", ["--version"], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}
