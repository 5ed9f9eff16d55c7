import { annotations } from "./annotations.ts";
import { answers } from "./answers.ts";
import { requests } from "./requests.ts";
import { selectors } from "./selectors.ts";
import { reportLine, type Surface } from "./surface.ts";

const SURFACES: readonly Surface[] = [annotations, selectors, answers, requests];

/**
 * `npm run fuzz`: every surface in turn, ten minutes in all unless the first argument says how many; a seed as second
 * argument repeats a run. Memory after the run is held against that after the first tenth of it.
 */
const minutes = Number(process.argv[2] ?? 10);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
const budgetMs = (minutes * 60_000) / SURFACES.length;
const MEGABYTE = 1024 * 1024;
const GROWTH_MB = 64;
const heap = () => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / MEGABYTE;
};

for (const surface of SURFACES) {
  const reports = [await surface.run({ budgetMs: budgetMs / 10, seed })];
  const before = heap();
  reports.push(await surface.run({ budgetMs: (budgetMs * 9) / 10, seed: seed + 1 }));
  const grown = heap() - before;
  for (const report of reports) {
    console.log(reportLine(report));
    if (report.failure !== undefined || report.parsed === 0) process.exitCode = 1;
  }
  console.log(`${surface.name}: the heap has grown by ${grown.toFixed(1)} MB`);
  if (grown > GROWTH_MB) process.exitCode = 1;
}
