import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { ensureBinaries } from "../src/binaries.ts";
import { openProject } from "../src/preview/project.ts";
import { blocksOfPreviews, diagnosticsOf } from "./diagnostics.ts";

const project = fileURLToPath(new URL("mistakes", import.meta.url));

/** What the CLI prints for one of the wrong programs in `mistakes`. */
async function printed(mistake: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "mistakes-"));
  const { pulumi } = await ensureBinaries(["pulumi"]);
  const { stack, close } = await openProject({ project, directory, pulumi, config: { mistake } });
  try {
    return await diagnosticsOf(stack);
  } finally {
    await close();
    rmSync(directory, { recursive: true });
  }
}

test.each(["cluster", "query"])(
  "wrong arguments of a Node.js program are printed as the page shows them: %s",
  async (mistake) => {
    expect(blocksOfPreviews()).toContain(await printed(mistake));
  },
  60_000,
);

test("a wrong argument of a function is printed in the same form", async () => {
  const [, , ...lines] = (await printed("scrape")).split("\n");
  expect(lines).toEqual([
    "    error: envoyStatsJob: one argument is wrong:",
    expect.stringMatching(/^ {6}scrapeIntervalSeconds: ASM_SCRAPE_INTERVAL: /),
  ]);
}, 60_000);

test("an argument that is known late is printed once too, after the property that Pulumi serializes", async () => {
  const [, stack, ...lines] = (await printed("late")).split("\n");
  expect(stack).toBe("  pulumi:pulumi:Stack (app-dev):");
  expect(lines).toEqual([
    '    error: error serializing property "metadata": TrafficAutoscaler "web": one argument is wrong:',
    expect.stringMatching(/^ {6}metrics\[0\]\.requestsPerSecond: ASM_TARGET_INVALID: /),
  ]);
}, 60_000);
