import { writeFileSync } from "node:fs";
import { type BacktestArgs, type HpaArgs, readBacktestArgs } from "./args";
import { BacktestError } from "./backtestError";
import { type Comparison, compare, type NamedManifest } from "./comparison";
import { type Manifest, readManifests } from "./manifest";
import { svgPlot } from "./plot";
import { escaped } from "./plotStyle";
import { markdownBlock, sentence, textTable } from "./words";

/** Where the command writes; the process's own streams but in tests. */
export interface BacktestStreams {
  out(text: string): void;
  error(text: string): void;
  /** Unix ms. */
  now(): number;
  /** Whether `error` is a terminal, where a line can be replaced. Defaults to false. */
  readonly isTerminal?: boolean;
}

/** The streams of the process. */
export const OWN: BacktestStreams = {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  now: Date.now,
  isTerminal: process.stderr.isTTY === true,
};

/**
 * Runs `asm-autoscaler backtest`. Returns the exit code: 0 the traffic was replayed, 1 an output file cannot be written, 2
 * the command line or the input cannot be used.
 */
export async function backtest(argv: readonly string[], streams: BacktestStreams = OWN): Promise<number> {
  return exitCodeOf(
    streams,
    () => readBacktestArgs(argv, streams.now),
    async (args) => {
      const found = await compare(chosen(args), args);
      streams.out(textOf(args.output, found));
      if (args.svg !== undefined) write(args.svg, plotOf(found));
      if (args.html !== undefined) write(args.html, page(found));
      return 0;
    },
  );
}

/** Reads a command line and runs the command, or prints the text of --help. Prints errors and returns the exit code. */
export async function exitCodeOf<Args>(
  streams: BacktestStreams,
  readArgs: () => Args | string,
  run: (args: Args) => Promise<number>,
): Promise<number> {
  try {
    const args = readArgs();
    if (typeof args !== "string") return await run(args);
    streams.out(args);
    return 0;
  } catch (error) {
    if (!(error instanceof BacktestError)) throw error;
    streams.error(`${error.message}\n`);
    return error.code === "ASM_BACKTEST_OUTPUT" ? 1 : 2;
  }
}

function textOf(output: BacktestArgs["output"], { subject, outcomes, drawn }: Comparison): string {
  if (output === "markdown") return markdownBlock(subject, outcomes);
  if (output === "text") return textTable(subject, outcomes);
  const { podHourPrice, ...rest } = subject;
  const runs = outcomes.map(({ name, target, verdict }, index) => ({
    ...{ name, target, ...verdict },
    ...(podHourPrice === undefined ? {} : { cost: verdict.podHours * podHourPrice }),
    sizes: drawn[index]?.run.sizes,
  }));
  const [hpas, baselines] = [runs.slice(0, drawn.length), runs.slice(drawn.length)];
  const report = { ...rest, sentence: sentence(subject, outcomes).replaceAll("**", ""), runs: hpas, baselines };
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** Writes an output file. @throws BacktestError */
export function write(path: string, content: string): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BacktestError("ASM_BACKTEST_OUTPUT", `${path} cannot be written: ${why}`, "Choose another file");
  }
}

/** The HPA as it will be, and as it is now if that is known and different. */
function chosen({ file, against, hpa }: BacktestArgs): NamedManifest[] {
  const { next, before } = readManifests(file);
  const manifest = theOne(next, file, hpa);
  const others = against === undefined ? before : readManifests(against).next;
  const now =
    others.find(({ id }) => id === manifest.id) ?? (against === undefined || others.length > 1 ? undefined : others[0]);
  if (against !== undefined && !now) throw unclear(`${against} has no HPA ${manifest.id}`);
  return now
    ? [
        { name: "this change", manifest },
        { name: "now", manifest: now },
      ]
    : [{ name: "this autoscaler", manifest }];
}

/** The HPA that a command line means. @throws BacktestError if there is none, or more than one. */
export function theOne(manifests: readonly Manifest[], file: string, hpa: HpaArgs): Manifest {
  const selected = manifests.filter(({ id }) => isMeant(id, hpa));
  const [manifest, ...more] = selected;
  const listed = manifests.map(({ id }) => id).join(", ");
  const wanted = `${hpa.namespace ?? "*"}/${hpa.name ?? "*"}`;
  if (!manifest) throw unclear(`${file} has no HPA ${wanted}; it has ${listed}`);
  if (more.length > 0) throw unclear(`${file} has several HPAs: ${selected.map(({ id }) => id).join(", ")}`);
  return manifest;
}

/** Whether `--hpa` and `--namespace` mean this HPA. */
export function isMeant(id: string, hpa: HpaArgs): boolean {
  const [namespace, name] = id.split("/");
  return (hpa.namespace ?? namespace) === namespace && (hpa.name ?? name) === name;
}

function unclear(message: string): BacktestError {
  return new BacktestError("ASM_BACKTEST_INPUT", message, "Set --hpa=NAMESPACE/NAME to one of them");
}

function plotOf({ subject, drawn }: Comparison): string {
  return svgPlot(subject, drawn);
}

function page(found: Comparison): string {
  const { subject, outcomes } = found;
  const title = escaped(`Backtest of ${subject.id}`);
  const words = escaped(sentence(subject, outcomes).replaceAll("**", ""));
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${title}</title>` +
    `<body style="font:15px system-ui,sans-serif;max-width:60rem;margin:2rem auto"><h1>${title}</h1><p>${words}</p>` +
    `${plotOf(found)}<pre>${escaped(textTable(subject, outcomes))}</pre>\n`
  );
}
