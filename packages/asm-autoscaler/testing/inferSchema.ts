import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer";
import { generateSchema, type PackageSpec } from "@pulumi/pulumi/provider/experimental/schema";

interface Manifest {
  name: string;
  version: string;
  description: string;
}

/** The Pulumi schema of the package, inferred from its sources as Pulumi infers it for a source-based plugin. */
export function inferSchema(directory: string, components: readonly string[]): PackageSpec {
  const manifest: Manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const analyzer = new Analyzer(directory, manifest.name, { ...manifest }, new Set(components));
  const { components: found, typeDefinitions, dependencies } = analyzer.analyze();
  return generateSchema(manifest.name, manifest.version, manifest.description, found, typeDefinitions, dependencies);
}
