import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

/** Stores what a benchmark measured in `benchmarks/results`, with when and on what it ran. */
export function store(name: string, figures: object): void {
  const folder = new URL("../results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const machine = { cpus: cpus().length, node: process.version };
  const text = JSON.stringify({ at: new Date().toISOString(), machine, ...figures }, undefined, 2);
  writeFileSync(new URL(`${name}.json`, folder), `${text}\n`);
}
