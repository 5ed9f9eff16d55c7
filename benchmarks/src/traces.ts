import { readFileSync, writeFileSync } from "node:fs";
import { store, stored } from "./store.ts";
import { RECORDED_NAMES, recordedTrace } from "./traces/recorded.ts";
import { replayed, type TraceResult } from "./traces/replay.ts";
import { SYNTHETIC_NAMES, syntheticTrace } from "./traces/synthetic.ts";
import { withTables } from "./traces/tables.ts";

/**
 * Requests above capacity and pod-hours of each autoscaler on traces of weeks, by replay. The figures are no timings: each run
 * gives the same. Names of traces as arguments replay only these; the results of the others stay. The tables of the page
 * about them are written anew.
 */
const asked = process.argv.slice(2);
const before = asked.length > 0 ? stored<{ results: TraceResult[] }>("traces").results : [];
const results: TraceResult[] = [];
const traces = [...RECORDED_NAMES.map(recordedTrace), ...SYNTHETIC_NAMES.map(syntheticTrace)];
for (const trace of traces) {
  if (asked.length > 0 && !asked.includes(trace.name)) {
    results.push(...before.filter((result) => result.name === trace.name));
    continue;
  }
  results.push(replayed(trace));
  console.log(`${trace.name}: replayed`);
}
store("traces", { results });
const page = new URL("../../docs/explanation/forecasts-on-traces.md", import.meta.url);
writeFileSync(page, withTables(readFileSync(page, "utf8"), results));
