#!/usr/bin/env node
// Runs `backtest` and `tune` of this package, or the other commands of the adapter that this package carries.
// Committed, since npm links no command whose file is missing at install. `npm run build` makes what it runs.
const { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");
const { brotliDecompressSync } = require("node:zlib");

const bundle = join(__dirname, "../bundle/adapter.mjs.br");
/** The commands of this package, and their files. */
const own = {
  backtest: join(__dirname, "../dist/backtest/backtest.js"),
  tune: join(__dirname, "../dist/tune/tune.js"),
};
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const [command, ...rest] = process.argv.slice(2);

/** Runs the adapter's bundle, which reads the command line itself. */
function runBundle() {
  // A folder of its own: nobody else can have put a file there.
  const folder = mkdtempSync(join(tmpdir(), "asm-autoscaler-command-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "adapter.mjs");
  writeFileSync(file, brotliDecompressSync(readFileSync(bundle)));
  return import(pathToFileURL(file).href);
}

async function main() {
  if (major < 22 || (major === 22 && minor < 19))
    throw new Error(`ASM_NODE: Node.js 22.19 or newer is needed and this is ${process.version}.`);
  if ([bundle, ...Object.values(own)].some((file) => !existsSync(file)))
    throw new Error("ASM_BUNDLE: the package has not been built yet. Run `npm run build` first.");
  const name = command === "help" ? rest[0] : command;
  if (Object.hasOwn(own, name ?? ""))
    process.exitCode = await require(own[name])[name](command === "help" ? ["--help"] : rest);
  else await runBundle();
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
