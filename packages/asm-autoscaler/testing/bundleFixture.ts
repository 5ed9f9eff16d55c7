import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, jest } from "@jest/globals";

/**
 * Puts a small bundle where the component looks for the built one, so that its tests need no build. To be imported
 * before the component.
 */
export const bundleFixture = {
  directory: mkdtempSync(join(tmpdir(), "bundle-")),
  loader: "// loader",
  compressed: "compressed",
};

jest.mock("../src/adapter/bundle", () => ({
  ...jest.requireActual<object>("../src/adapter/bundle"),
  bundleDirectory: () => bundleFixture.directory,
}));

writeFileSync(join(bundleFixture.directory, "load.mjs"), bundleFixture.loader);
writeFileSync(join(bundleFixture.directory, "adapter.mjs.br"), bundleFixture.compressed);
const made = bundleFixture.directory;
afterAll(() => rmSync(made, { recursive: true }));

/** Runs something while the bundle is missing. */
export async function withoutBundle(action: () => Promise<void>): Promise<void> {
  bundleFixture.directory = join(made, "missing");
  try {
    await action();
  } finally {
    bundleFixture.directory = made;
  }
}
