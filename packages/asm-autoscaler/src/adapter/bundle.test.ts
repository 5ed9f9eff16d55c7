import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { bundleDirectory, COMPRESSED, LOADER, readBundle } from "./bundle";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "bundle-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function write(loader: string, compressed: Buffer): void {
  writeFileSync(join(directory, LOADER), loader);
  writeFileSync(join(directory, COMPRESSED), compressed);
}

test("both files are read, the compressed one byte for byte", () => {
  const compressed = Buffer.from([0, 255, 10, 13, 128]);
  write("import './x'", compressed);
  const bundle = readBundle(directory);
  expect(bundle.loader).toBe("import './x'");
  expect(Buffer.from(bundle.compressed, "base64")).toEqual(compressed);
});

test("the hash is one content's only, and valid in a Kubernetes name", () => {
  const hashes = ["ab", "a"].map((loader) => {
    write(loader, Buffer.from(loader === "ab" ? "c" : "bc"));
    return readBundle(directory).hash;
  });
  expect(hashes[0]).toMatch(/^[0-9a-f]{12}$/);
  expect(hashes[0]).not.toBe(hashes[1]);
  expect(readBundle(directory).hash).toBe(hashes[1]);
});

test("a missing bundle names the file and says what to run", () => {
  writeFileSync(join(directory, LOADER), "");
  expect(() => readBundle(directory)).toThrow(
    new RegExp(`^ASM_BUNDLE_MISSING: .*${COMPRESSED.replaceAll(".", "\\.")}.*npm run build.*image`),
  );
});

test("what no ConfigMap could hold is refused with its size, the last byte that fits is not", () => {
  write("12345", Buffer.alloc(1_048_576 - 5));
  expect(readBundle(directory).loader).toBe("12345");
  write("123456", Buffer.alloc(1_048_576 - 5));
  expect(() => readBundle(directory)).toThrow("ASM_BUNDLE_TOO_LARGE");
  expect(() => readBundle(directory)).toThrow("1048577 bytes");
});

test("the build's folder is that of the package, beside its sources and its compiled code", () => {
  expect(bundleDirectory()).toBe(join(__dirname, "../../bundle"));
});
