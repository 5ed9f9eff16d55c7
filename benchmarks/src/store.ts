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

/** A stored result; its shape is that of the benchmark that wrote it. */
export function stored<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../results/${name}.json`, import.meta.url), "utf8")) as T;
}
