#!/usr/bin/env node
// The adapter that the component library carries, as a command: `check` and `explain` from a laptop.
// Committed, since npm links no command whose file is missing at install. The bundle is made by `npm run build`.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliDecompressSync } from "node:zlib";

const bundle = new URL("../bundle/adapter.mjs.br", import.meta.url);
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 19)) {
  console.error(`ASM_NODE: Node.js 22.19 or newer is needed and this is ${process.version}.`);
  process.exitCode = 1;
} else if (!existsSync(bundle)) {
  console.error("ASM_BUNDLE: the adapter has not been built yet. Run `npm run build` first.");
  process.exitCode = 1;
} else {
  // A folder of its own: nobody else can have put a file there.
  const folder = mkdtempSync(join(tmpdir(), "asm-metrics-adapter-"));
  const file = join(folder, "adapter.mjs");
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(file, brotliDecompressSync(readFileSync(bundle)));
  await import(pathToFileURL(file).href);
}
