import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ensureBinaries } from "../src/binaries.ts";

/** Languages for which Pulumi's generator of SDKs is published as a Go module. Java's is not. */
export type SdkLanguage = "go" | "python" | "dotnet";

const run = promisify(execFile);
const schemaFile = fileURLToPath(new URL("../../asm-autoscaler/schema.json", import.meta.url));
const schema: { resources: object; types: object } = JSON.parse(readFileSync(schemaFile, "utf8"));
const namesOf = (tokens: object) => Object.keys(tokens).map((token) => token.slice(token.lastIndexOf(":") + 1));

/** Names of the components of the committed schema, such as TrafficAutoscaler. */
export const componentNames: readonly string[] = namesOf(schema.resources);

/** Names of the types of their arguments and outputs. */
export const typeNames: readonly string[] = namesOf(schema.types);

/**
 * Generates the SDK of the committed schema as `pulumi package add` does, with Pulumi's own generator.
 * @returns a new folder with the SDK. The caller removes it.
 */
export async function generateSdk(language: SdkLanguage): Promise<string> {
  const program = language === "dotnet" ? "dotnet-sdk" : "sdk-generator";
  const programs = await ensureBinaries([program]);
  const folder = await mkdtemp(join(tmpdir(), `asm-${language}-sdk-`));
  await run(programs[program], [language, schemaFile, folder]);
  return folder;
}
