import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { parseArgs } from "node:util";
import { createGunzip } from "node:zlib";
import { type Counter, createCounter } from "./counter.ts";
import { FORMATS, type Format, RECORD_BYTES, TraceError } from "./formats.ts";

const HELP = `Usage: npm run --silent load-trace -w benchmarks -- [--step=SECONDS] FORMAT FILE... > benchmarks/traces/NAME.csv

Makes requests per second from published files, also from those that end with .gz. The default step is 300 s: seven weeks
are then 200 KB.

${Object.entries<Format>(FORMATS)
  .map(([name, { about }]) => `  ${name.padEnd(12)}${about}`)
  .join("\n")}
`;
const DEFAULT_STEP = "300";

/**
 * The CSV of the files of a trace.
 *
 * @throws TraceError for a command line or a file that cannot be used.
 */
export async function loadTrace(argv: readonly string[]): Promise<string> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { step: { type: "string", default: DEFAULT_STEP } },
    allowPositionals: true,
  });
  const [name = "", ...files] = positionals;
  const format = Object.entries<Format>(FORMATS).find(([known]) => known === name)?.[1];
  const step = Number(values.step);
  if (!format || files.length === 0) throw new TraceError(HELP);
  if (!(Number.isInteger(step) && step > 0)) throw new TraceError(`--step=${values.step} is not a number of seconds`);
  const counter = createCounter(Math.max(step, format.stepSeconds));
  for (const file of files) await readFile(file, format, counter);
  return counter.csv();
}

async function readFile(file: string, format: Format, counter: Counter): Promise<void> {
  const raw = createReadStream(file);
  const content = file.endsWith(".gz") ? raw.pipe(createGunzip()) : raw;
  // A pipe does not pass errors on.
  raw.on("error", (error) => content.destroy(error));
  const name = basename(file);
  for await (const part of partsOf(content, format.parts)) format.read(part, name, counter);
}

async function* partsOf(content: Readable, parts: Format["parts"]): AsyncGenerator<Buffer> {
  if (parts === "lines") {
    // The logs of 1995 have bytes that are not UTF-8.
    const lines = createInterface({ input: content.setEncoding("latin1"), crlfDelay: Number.POSITIVE_INFINITY });
    for await (const line of lines) if (line !== "") yield Buffer.from(line, "latin1");
    return;
  }
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of content as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (parts === "whole") continue;
    const end = rest.length - (rest.length % RECORD_BYTES);
    for (let start = 0; start < end; start += RECORD_BYTES) yield rest.subarray(start, start + RECORD_BYTES);
    rest = rest.subarray(end);
  }
  if (rest.length > 0) yield rest;
}

if (process.argv[1] === import.meta.filename) {
  try {
    process.stdout.write(await loadTrace(process.argv.slice(2)));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
}
