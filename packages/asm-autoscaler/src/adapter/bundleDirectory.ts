import { join } from "node:path";

/** The folder of this package that the build writes the adapter's bundle into; published with the package. */
export function bundleDirectory(): string {
  return join(__dirname, "..", "..", "bundle");
}
