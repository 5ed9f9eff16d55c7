import { store, stored } from "./store.ts";

/**
 * What 1,000 to 100,000 HPAs ask of Prometheus and of the adapter, computed from stored results: the reads of so many HPAs
 * at random phases of 15 s are laid into moments of 3 s and the moments into groups, as the adapter does, and costed by what
 * `prometheus-load-1`, `prometheus-load-30` and `memory` have measured. Nothing is started.
 */
const SYNC_SECONDS = 15;
const MOMENT_SECONDS = 3;
const MOST_MEMBERS = 500;
const COUNTS = [1000, 10_000, 30_000, 100_000];

interface Load {
  metrics: number;
  results: { shape: string; ours: { cpuSeconds: number; megabytes: number; requests: number } }[];
}
interface Memory {
  results: { hpas: number; megabytes: { churned: number }; cpuSecondsPerMinute: number }[];
}

const memory = stored<Memory>("memory").results;
const perHpa = (figure: (result: Memory["results"][number]) => number) => {
  const [least, most] = [memory[0], memory.at(-1)];
  if (!least || !most) throw new Error("no memory results");
  const slope = (figure(most) - figure(least)) / (most.hpas - least.hpas);
  return (hpas: number) => figure(least) + slope * hpas;
};
const megabytes = perHpa(({ megabytes: { churned } }) => churned);
const adapterCpu = perHpa(({ cpuSecondsPerMinute }) => cpuSecondsPerMinute);
const results = COUNTS.map((hpas) => {
  const moments = Array.from({ length: SYNC_SECONDS / MOMENT_SECONDS }, () => 0);
  for (let hpa = 0; hpa < hpas; hpa++) {
    const moment = Math.floor((Math.random() * SYNC_SECONDS) / MOMENT_SECONDS);
    moments[moment] = (moments[moment] ?? 0) + 1;
  }
  const requests = moments.reduce((sum, members) => sum + Math.ceil(members / MOST_MEMBERS), 0);
  return {
    hpas,
    requestsPerMinute: requests * (60 / SYNC_SECONDS),
    prometheusCores: { series1: prometheusCores(1, hpas), series30: prometheusCores(30, hpas) },
    adapterCores: adapterCpu(hpas) / 60,
    adapterMegabytes: megabytes(hpas),
  };
});
for (const result of results) console.log(JSON.stringify(result));
store("projection", { syncSeconds: SYNC_SECONDS, results });

/** Cores of Prometheus for so many HPAs of the guide's query, in proportion to what was measured. */
function prometheusCores(series: number, hpas: number): number {
  const { metrics, results: shapes } = stored<Load>(`prometheus-load-${series}`);
  const requests = shapes.find(({ shape }) => shape === "requests");
  return ((requests?.ours.cpuSeconds ?? Number.NaN) / 60) * (hpas / metrics);
}
