import { currentRun } from "../validation/run";
import type { Load } from "./sizing";

/** What the MeshPrometheus of a run with the longest retention is sized for, by the run. */
const loads = new WeakMap<object, Load>();

/** Records what a MeshPrometheus of this run is sized for, so that what needs its history can be checked. */
export function noteRetention(load: Load): void {
  const run = currentRun();
  const known = run && loads.get(run);
  if (run && (known === undefined || known.retentionDays < load.retentionDays)) loads.set(run, load);
}

/** What the MeshPrometheus with the longest retention is sized for. Undefined if this run has created none yet. */
export function longestRetention(): Load | undefined {
  const run = currentRun();
  return run && loads.get(run);
}
