#!/usr/bin/env node
// Committed, since npm links no command whose file is missing at install. The bundle is made by `npm run build`.
import { existsSync } from "node:fs";
import module from "node:module";

const bundle = new URL("../dist/adapter.mjs", import.meta.url);
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `ASM_NODE: Node.js 22.19 or newer is needed and this is ${process.version}. Use \`npx\`, or \`npm run\`.`,
  );
  process.exitCode = 1;
} else if (!existsSync(bundle)) {
  console.error("ASM_BUNDLE: the adapter has not been built yet. Run `npm run build` first.");
  process.exitCode = 1;
} else {
  module.enableCompileCache();
  await import(bundle.href);
}
