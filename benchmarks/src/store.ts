import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

/** Stores what a benchmark measured in `benchmarks/results`, with when and on what it ran. */
export function store(name: string, figures: object): void {
  const folder = new URL("../results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const machine = { cpus: cpus().length, node: process.version };
  const text = JSON.stringify({ at: new Date().toISOString(), machine, ...figures }, undefined, 2);
  writeFileSync(new URL(`${name}.json`, folder), `${text}\n`);
}

/**
 * Stores what was measured at some numbers of HPAs, each result with its time. Results of other numbers stay, so that one
 * number can be measured again, or added.
 */
export function storeBySize(name: string, results: readonly { readonly hpas: number }[]): void {
  const at = new Date().toISOString();
  const sizes = new Set(results.map(({ hpas }) => hpas));
  const before = stored<{ at: string; results: { hpas: number; at?: string }[] }>(name);
  const kept = before.results.filter(({ hpas }) => !sizes.has(hpas)).map((one) => ({ at: before.at, ...one }));
  const all = [...kept, ...results.map((one) => ({ at, ...one }))];
  store(name, { results: all.sort((a, b) => a.hpas - b.hpas) });
}

/** A stored result; its shape is that of the benchmark that wrote it. */
export function stored<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../results/${name}.json`, import.meta.url), "utf8")) as T;
}
