import { ensureBinaries } from "./binaries.ts";
import { type Program, programSets } from "./programs.ts";

/** Builds, with progress, what the tests would otherwise wait for in silence: every program that is not there yet. */
const names = programSets.flatMap((set) => Object.keys(set.packages) as Program[]);
try {
  await ensureBinaries(names, (line) => process.stdout.write(`${line}\n`));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
