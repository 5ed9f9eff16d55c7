// Makes dist/adapter.mjs, the whole adapter in one file, and the compressed copy that the component library carries. Beside
// each is adapter.cdx.json, the list of the packages in it.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";
import { buildPage } from "./page/build.mjs";
import { sbomOf } from "./sbom.mjs";
import { checkCharacters, isFile, SMALL } from "./smallBundle.mjs";

const here = (path) => new URL(path, import.meta.url);

const page = await buildPage();
const { metafile } = await build({
  metafile: true,
  entryPoints: [here("src/main.ts").pathname],
  outfile: here("dist/adapter.mjs").pathname,
  bundle: true,
  minify: true,
  platform: "node",
  target: "node22",
  format: "esm",
  legalComments: "none",
  ...SMALL,
  define: { STATUS_PAGE: JSON.stringify(page.files) },
  // CommonJS dependencies call require; an ES module has none of its own.
  banner: { js: 'import{createRequire as __asmRequire}from"node:module";const require=__asmRequire(import.meta.url);' },
  logLevel: "warning",
});

const bundle = readFileSync(here("dist/adapter.mjs"));
checkCharacters(bundle.toString("utf8"));

const library = here("../packages/asm-autoscaler/bundle/");
mkdirSync(library, { recursive: true });
const compressed = brotliCompressSync(bundle, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bundle.length },
});
writeFileSync(new URL("adapter.mjs.br", library), compressed);
copyFileSync(here("load.mjs"), new URL("load.mjs", library));
const sbom = sbomOf([...page.inputs, ...Object.keys(metafile.inputs).filter(isFile)], here(".").pathname);
for (const folder of [here("dist/"), library]) {
  writeFileSync(new URL("adapter.cdx.json", folder), `${JSON.stringify(sbom, null, 2)}\n`);
}
console.log(
  `adapter bundle: ${(bundle.length / 1024).toFixed(0)} KB, compressed ${(compressed.length / 1024).toFixed(0)} KB`,
);
