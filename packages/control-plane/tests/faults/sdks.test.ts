import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { componentNames, generateSdk } from "../generatedSdk.ts";

/** What is too slow for the gate about the SDKs in other languages: a Go program is compiled, .NET's generator is built. */

const run = promisify(execFile);
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const page = readFileSync(here("../../../../docs/how-to/any-language.md"), "utf8");

/** The program of the page in a language. */
const programOf = (language: string) =>
  new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, "m").exec(page)?.[1] ?? "";

describe("Go", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "asm-go-program-"));
    await cp(here("../goProgram"), folder, { recursive: true });
    // Where `pulumi package add` writes it.
    await mkdir(join(folder, "sdks"));
    await rename(await generateSdk("go"), join(folder, "sdks/asm-autoscaler-asm-autoscaler"));
    await writeFile(join(folder, "main.go"), programOf("go"));
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("the program of the page compiles against the generated SDK and the SDK of Kubernetes", async () => {
    const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly", GOWORK: "off" };
    await expect(run("go", ["vet", "."], { cwd: folder, env })).resolves.toMatchObject({ stderr: "" });
  }, 900_000);
});

describe(".NET", () => {
  let folder = "";
  const read = (file: string) => readFile(join(folder, file), "utf8");
  beforeAll(async () => {
    folder = await generateSdk("dotnet");
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("every component of the schema is a class with our words about its arguments", async () => {
    for (const name of componentNames) {
      expect(await read(`${name}.cs`)).toContain(`public partial class ${name} : global::Pulumi.ComponentResource`);
    }
    expect(await read("TrafficAutoscaler.cs")).toContain(
      "Maximum number of replicas. Must not be less than minReplicas.",
    );
  });

  test("the page's program uses the namespaces, the project and the arguments of the SDK", async () => {
    const source = `${await read("TrafficAutoscaler.cs")}${await read("Inputs/TrafficMetricArgsArgs.cs")}`;
    const namespaces = [...programOf("csharp").matchAll(/^using (AsmAutoscaler\S*);/gm)].map(([, name]) => name);
    expect(namespaces).toHaveLength(2);
    for (const name of namespaces) expect(source).toContain(`namespace ${name}\n`);
    const given = [...programOf("csharp").matchAll(/(?:^ +|\{ )([A-Z]\w+) = /gm)].map(([, name]) => name);
    expect(given).toEqual(["Namespace", "Target", "MaxReplicas", "Metrics", "RequestsPerSecond"]);
    for (const name of given) expect(source).toMatch(new RegExp(`^ +public Input\\S+ ${name}\\b`, "m"));
  });

  // Therefore the page says to add it. When this fails, the generator does it: remove that step.
  test("the project does not name the package of Kubernetes", async () => {
    const project = await read("AsmAutoscaler.AsmAutoscaler.csproj");
    expect(page).toContain("/AsmAutoscaler.AsmAutoscaler.csproj package Pulumi.Kubernetes");
    expect(project).not.toContain("Pulumi.Kubernetes");
  });
});
