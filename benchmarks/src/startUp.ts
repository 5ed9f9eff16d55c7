import { startAdapter } from "./adapterProcess.ts";
import { SIZES } from "./sizes.ts";
import { startStandIn } from "./standIn.ts";
import { storeBySize } from "./store.ts";

/**
 * Start-up: from the start of the process to the first 200 of /readyz, with HPAs listed and first readings tried.
 * `npm run startUp -w benchmarks [HPAs …]`, by default the sizes of sizes.ts.
 */
const RUNS = 5;
const asked = process.argv.slice(2).map(Number);
const results = [];
for (const hpas of asked.length > 0 ? asked : SIZES) {
  const standIn = await startStandIn(hpas);
  const runs = [];
  for (let run = 0; run < RUNS; run++) {
    const { readyMs, readyCpuMs, stop } = await startAdapter(standIn);
    await stop();
    runs.push({ readyMs, readyCpuMs });
  }
  standIn.stop();
  const sorted = runs.map(({ readyMs }) => readyMs).sort((a, b) => a - b);
  const medianMs = sorted[Math.floor(RUNS / 2)];
  results.push({ hpas, medianMs, mostMs: sorted.at(-1), runs });
  console.log(`${hpas} HPAs: ready after ${medianMs} ms (median of ${RUNS}), at most ${sorted.at(-1)} ms`);
}
storeBySize("start-up", results);
