// The container's start file: unpacks the compressed bundle beside it into the writable /tmp and runs it.
// Dependency-free, and loaded by a stock Node image from a ConfigMap.
import { readFileSync, writeFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliDecompressSync } from "node:zlib";

const file = join(tmpdir(), "adapter.mjs");
writeFileSync(file, brotliDecompressSync(readFileSync(new URL("adapter.mjs.br", import.meta.url))));
enableCompileCache();
await import(pathToFileURL(file).href);
