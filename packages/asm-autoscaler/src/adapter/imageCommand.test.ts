import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import "../../testing/bundleFixture";
import { podOf, prometheus, recordAdapter } from "../../testing/recordAdapter";

const dockerfile = readFileSync(join(__dirname, "../../../../adapter/Dockerfile"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "image-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the script that the Dockerfile writes, with a `node` that prints its arguments. */
function argumentsOfNode(...args: string[]): string[] {
  const [, print = ""] = /^RUN (printf '[^']*')/m.exec(dockerfile) ?? [];
  const script = join(folder, "asm-metrics-adapter");
  writeFileSync(script, execFileSync("sh", ["-c", print]));
  writeFileSync(join(folder, "node"), `#!/bin/sh\nprintf '%s\\n' "$@"\n`);
  for (const file of ["asm-metrics-adapter", "node"]) chmodSync(join(folder, file), 0o755);
  const env = { PATH: `${folder}:${process.env["PATH"]}` };
  return execFileSync(script, args, { env, encoding: "utf8" }).trimEnd().split("\n");
}

test("the adapter's image starts with the V8 flags of the bundle's pod, however its command is run", async () => {
  const [bundled] = podOf(await recordAdapter({ prometheus })).containers;
  const [own] = podOf(await recordAdapter({ prometheus, image: "registry.example/asm-metrics-adapter:1" })).containers;
  const flags = bundled.command.filter((word) => word.startsWith("--"));
  expect(own.command).toEqual(["asm-metrics-adapter"]);
  expect(dockerfile).toMatch(/^ENTRYPOINT \["asm-metrics-adapter"\]$/m);
  expect(argumentsOfNode("explain", "an hpa")).toEqual([
    ...flags,
    "/opt/asm-metrics-adapter/bin/asm-metrics-adapter.mjs",
    "explain",
    "an hpa",
  ]);
});
