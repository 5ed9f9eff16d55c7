// Makes the status page's files as texts by their paths, for the one file that the adapter is.
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const here = (path) => new URL(path, import.meta.url).pathname;

/** @returns {Promise<{ files: Record<string, { type: string, text: string }>, inputs: string[] }>} inputs: its sources. */
export async function buildPage() {
  const { outputFiles, metafile } = await build({
    entryPoints: [here("main.ts"), here("page.css")],
    outdir: here("dist"),
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    target: "es2023",
    legalComments: "none",
    logLevel: "warning",
  });
  const text = (extension) => outputFiles.find(({ path }) => path.endsWith(extension)).text;
  const files = {
    "/": { type: "text/html; charset=utf-8", text: readFileSync(here("index.html"), "utf8") },
    "/page.js": { type: "text/javascript; charset=utf-8", text: text(".js") },
    "/page.css": { type: "text/css; charset=utf-8", text: text(".css") },
    "/icon.svg": { type: "image/svg+xml", text: readFileSync(here("icon.svg"), "utf8") },
  };
  return { files, inputs: Object.keys(metafile.inputs) };
}
