import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import ts from "typescript";

const root = join(__dirname, "..");
const pages = ["README.md", "packages/asm-autoscaler/README.md", ...globSync("docs/**/*.md", { cwd: root })].sort();

/** The TypeScript blocks of the pages as files beside this one, which exist only in memory; each is a whole program. */
const programs = new Map(
  pages.flatMap((page) =>
    [...readFileSync(join(root, page), "utf8").matchAll(/^ *```ts\n([\s\S]*?)^ *```$/gm)].map(
      ([, text = ""], index): [string, string] => [
        join(__dirname, `${page.replaceAll(/[^\w]/g, "-")}-${index + 1}.ts`),
        // A file of its own, whatever it imports.
        `${text}\nexport {};\n`,
      ],
    ),
  ),
);

/** What TypeScript says about programs, in the settings of this repository, with the built packages. */
function mistakesOf(sources: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.base.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const all = { ...options, noEmit: true, declaration: false };
  const host = ts.createCompilerHost(all);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.readFile = (file) => sources.get(file) ?? readFile(file);
  host.getSourceFile = (file, version, ...rest) => {
    const text = sources.get(file);
    return text === undefined ? getSourceFile(file, version, ...rest) : ts.createSourceFile(file, text, version);
  };
  const program = ts.createProgram([...sources.keys()], all, host);
  return [...sources.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ start = 0, messageText }) =>
        `${file.slice(__dirname.length + 1)}:${(source?.getLineAndCharacterOfPosition(start).line ?? 0) + 1}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
    );
  });
}

test("every program in the pages has the types of the built package", () => {
  expect(programs.size).toBeGreaterThan(10);
  const wrong =
    'import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler";\nnew MetricsAdapter("adapter", { promtheus: 1 });\n';
  const control = join(__dirname, "control.ts");
  const mistakes = mistakesOf(new Map([...programs, [control, wrong]]));
  // What is wrong on purpose is found, so the others have been looked at by the real types.
  expect(mistakes.filter((one) => one.startsWith("control.ts"))).toEqual([expect.stringContaining("promtheus")]);
  expect(mistakes.filter((one) => !one.startsWith("control.ts"))).toEqual([]);
}, 120_000);

test("every resource of the YAML programs is in the schema, with its properties", () => {
  const schema = JSON.parse(readFileSync(join(root, "packages/asm-autoscaler/schema.json"), "utf8")) as {
    resources: Record<string, { inputProperties?: Record<string, unknown> }>;
  };
  const text = readFileSync(join(__dirname, "how-to/any-language.md"), "utf8");
  const resources = [...text.matchAll(/type: (asm-autoscaler:\S+)\n +properties:\n((?: {6,}.*\n)+)/g)];
  expect(resources).toHaveLength(2);
  for (const [, token = "", properties = ""] of resources) {
    const known = Object.keys(schema.resources[token]?.inputProperties ?? {});
    const given = [...properties.matchAll(/^ {6}(\w+):/gm)].map(([, name = ""]) => name);
    expect(known).toEqual(expect.arrayContaining(given));
  }
});
