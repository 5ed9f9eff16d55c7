import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import { RunError } from "@pulumi/pulumi";

/** The adapter of this package's version, as it travels in a ConfigMap. */
export interface Bundle {
  /** Source of the loader: it unpacks the bundle beside it and starts it. */
  readonly loader: string;
  /** The adapter, one ES module, compressed with brotli; base64. */
  readonly compressed: string;
  /** SHA-256 of the compressed adapter, hexadecimal: the loader starts no other. */
  readonly sha256: string;
  /** Twelve hexadecimal digits of SHA-256 over both; another content has another name. */
  readonly hash: string;
}

/** File name of the loader, in the bundle's folder and in the container. */
export const LOADER = "load.mjs";

/** File name of the compressed adapter, in the bundle's folder and in the container. */
export const COMPRESSED = "adapter.mjs.br";

/** The most that the values of a ConfigMap may hold together, in bytes (Kubernetes, "ConfigMaps": 1 MiB). */
const CONFIG_MAP_LIMIT = 1_048_576;

/**
 * Reads the bundle that the build wrote into a folder.
 *
 * @throws pulumi.RunError `ASM_BUNDLE_MISSING` when a file is not there, `ASM_BUNDLE_TOO_LARGE` when no ConfigMap could
 * hold them.
 */
export function readBundle(directory: string): Bundle {
  const loader = readPart(directory, LOADER);
  const compressed = readPart(directory, COMPRESSED);
  const size = loader.byteLength + compressed.byteLength;
  if (size > CONFIG_MAP_LIMIT) {
    throw new RunError(
      problemLine(
        problem(
          "ASM_BUNDLE_TOO_LARGE",
          `The adapter's bundle in ${directory} has ${size} bytes, and a ConfigMap holds ${CONFIG_MAP_LIMIT}`,
        ),
      ),
    );
  }
  // The length stands between the two, so that no byte can move from one to the other unseen.
  const hash = createHash("sha256").update(`${loader.byteLength}\n`).update(loader).update(compressed).digest("hex");
  return {
    loader: loader.toString("utf8"),
    compressed: compressed.toString("base64"),
    sha256: createHash("sha256").update(compressed).digest("hex"),
    hash: hash.slice(0, 12),
  };
}

function readPart(directory: string, file: string): Buffer {
  try {
    return readFileSync(join(directory, file));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RunError(problemLine(problem("ASM_BUNDLE_MISSING", `The adapter's bundle cannot be read: ${why}`)));
  }
}

/** The folder of this package that the build writes the adapter's bundle into; published with the package. */
export function bundleDirectory(): string {
  return join(__dirname, "..", "..", "bundle");
}
