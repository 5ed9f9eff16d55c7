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
  // As cmd/run-plugin of @pulumi/pulumi does: the npm scope is the namespace of the Pulumi package.
  const [, namespace, name = ""] = /^@(.+)\/(.+)$/.exec(manifest.name) ?? [];
  const analyzer = new Analyzer(directory, name, { ...manifest }, new Set(components));
  const { components: found, typeDefinitions, dependencies } = analyzer.analyze();
  const { version, description } = manifest;
  return generateSchema(name, version, description, found, typeDefinitions, dependencies, namespace);
}
