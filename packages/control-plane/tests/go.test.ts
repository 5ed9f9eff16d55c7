import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { componentNames, generateSdk, typeNames } from "./generatedSdk.ts";

/** The text of the Go SDK. tests/faults/sdks.test.ts compiles it, which takes minutes on a machine for the first time. */

let folder = "";
let source = "";

beforeAll(async () => {
  folder = await generateSdk("go");
  const module = join(folder, "asmautoscaler");
  const files = (await readdir(module)).filter((file) => file.endsWith(".go"));
  source = (await Promise.all(files.map((file) => readFile(join(module, file), "utf8")))).join("\n");
}, 600_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the Go SDK", () => {
  test("has a constructor for every component of the schema and a type for every type", () => {
    for (const name of componentNames)
      expect(source).toMatch(new RegExp(`^func New${name}\\(ctx \\*pulumi\\.Context`, "m"));
    for (const name of typeNames) expect(source).toMatch(new RegExp(`^type ${name} `, "m"));
  });

  test("is the module that the page imports", async () => {
    expect(await readFile(join(folder, "go.mod"), "utf8")).toMatch(
      /^module github\.com\/asm-autoscaler\/pulumi-asm-autoscaler\/sdk\/go$/m,
    );
  });

  test("names arguments as Go does, with our words about them", () => {
    expect(source).toMatch(/^\tMaxReplicas pulumi\.Float64Input$/m);
    expect(source).toContain("Maximum number of replicas. Must not be less than minReplicas.");
  });

  // Pulumi's generator leaves out a type whose only use is in a plain list: make such a list an Input.
  test("defines every type of its own that a field has", () => {
    const used = [...source.matchAll(/^\t\w+ +(?:\*|\[\]|map\[string\])*([A-Z]\w*)(?: `.*)?$/gm)].map(
      ([, name = ""]) => name,
    );
    const defined = new Set([...source.matchAll(/^type (\w+) /gm)].map(([, name = ""]) => name));
    expect(used.length).toBeGreaterThan(50);
    expect([...new Set(used)].filter((name) => !defined.has(name))).toEqual([]);
  });
});
