// The container's start file: checks the compressed bundle beside it, unpacks it into the writable /tmp and runs it.
// Dependency-free, and loaded by a stock Node image from a ConfigMap. The hash stands in the Deployment: who may only write
// ConfigMaps cannot have other code run.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliDecompressSync } from "node:zlib";

const compressed = readFileSync(new URL("adapter.mjs.br", import.meta.url));
const hash = createHash("sha256").update(compressed).digest("hex");
if (hash === process.env.ADAPTER_SHA256) {
  const file = join(tmpdir(), "adapter.mjs");
  writeFileSync(file, brotliDecompressSync(compressed));
  enableCompileCache();
  await import(pathToFileURL(file).href);
} else {
  console.error(
    `ASM_BUNDLE_HASH: the adapter's bundle has the SHA-256 ${hash}, and the Deployment expects ${process.env.ADAPTER_SHA256}. ` +
      "Run `pulumi up` again, and find out who changed the ConfigMap.",
  );
  process.exitCode = 1;
}
