import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Packs the built packages and checks each tarball with publint and Are The Types Wrong. The latter is not a dependency of
 * the workspace: it brings its own TypeScript, so `npx` fetches it.
 */
const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "packages-"));
const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: root, encoding: "utf8" });

let failed = false;
function check(command: string, ...args: string[]): void {
  try {
    process.stdout.write(run(command, ...args));
  } catch (error) {
    failed = true;
    process.stdout.write((error as { stdout?: string }).stdout ?? String(error));
  }
}

try {
  for (const name of ["hpa-metrics", "asm-autoscaler"]) {
    const packed = run("npm", "pack", "--json", "--ignore-scripts", "--pack-destination", folder, `./packages/${name}`);
    const [{ filename } = { filename: "" }]: { filename: string }[] = JSON.parse(packed);
    const tarball = join(folder, filename);
    check("npx", "publint", "run", tarball, "--strict");
    check("npx", "--yes", "@arethetypeswrong/cli@0.18.5", tarball, "--no-emoji", "--format", "ascii");
  }
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = failed ? 1 : 0;
