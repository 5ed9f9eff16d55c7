import { readFileSync } from "node:fs";
import type { Stack } from "@pulumi/pulumi/automation/index.js";

/** What the CLI prints below `Diagnostics:` for a preview that fails, with the project of the page as the stack. */
export async function diagnosticsOf(stack: Stack): Promise<string> {
  const failure = await stack.preview().then(() => "the preview succeeded", String);
  const [printed = failure] = /^Diagnostics:\n[\s\S]*?(?=\n *\n)/m.exec(failure) ?? [];
  return printed.replace(/\(\S+\):$/m, "(app-dev):");
}

/** Blocks without a language of the page about previews: what is printed. */
export function blocksOfPreviews(): string[] {
  const page = readFileSync(new URL("../../../docs/explanation/previews.md", import.meta.url), "utf8");
  return Array.from(page.matchAll(/^```\n([\s\S]*?)\n```$/gm), ([, text = ""]) => text);
}
