import { ensureBinaries } from "./binaries.ts";
import { type Program, programSets } from "./programs.ts";

/**
 * Builds every missing program, except those of nightly tests, and shows the progress. Otherwise the tests would build
 * them without output.
 */
const sets = programSets.filter((set) => set.nightly !== true);
const names = sets.flatMap((set) => Object.keys(set.packages) as Program[]);
try {
  await ensureBinaries(names, (line) => process.stdout.write(`${line}\n`));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
