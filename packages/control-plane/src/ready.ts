import { ensureBinaries } from "./binaries.ts";
import { type Program, programSets } from "./programs.ts";
import { showProgress } from "./progress.ts";

/**
 * Downloads or builds every missing program, except those of nightly tests, and shows the progress. Otherwise the tests
 * would do so without output.
 */
const sets = programSets.filter((set) => set.nightly !== true);
const names = sets.flatMap((set) => Object.keys(set.packages) as Program[]);
try {
  await ensureBinaries(names, showProgress());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
