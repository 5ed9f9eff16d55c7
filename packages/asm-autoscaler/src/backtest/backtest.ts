import { readFileSync, writeFileSync } from "node:fs";
import { type BacktestArgs, readBacktestArgs, USAGE } from "./args";
import { type Simulated, simulatedHpa } from "./autoscaler";
import { BacktestError } from "./backtestError";
import { csvTraffic } from "./csv";
import { type Manifest, readManifests } from "./manifest";
import { type Drawn, svgPlot } from "./plot";
import { rangeTraffic } from "./range";
import { shapedTraffic } from "./shapes";
import { simulate } from "./simulate";
import type { Traffic } from "./traffic";
import { judge } from "./verdict";
import { markdownBlock, type Outcome, type Subject, sentence, textTable } from "./words";

/** Where the command writes; the process's own streams but in tests. */
export interface BacktestStreams {
  out(text: string): void;
  error(text: string): void;
  /** Unix ms. */
  now(): number;
}

const OWN: BacktestStreams = {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  now: Date.now,
};

/** Runs `asm-autoscaler backtest`. Returns the exit code: 0 on success, 2 if the input cannot be used. */
export async function backtest(argv: readonly string[], streams: BacktestStreams = OWN): Promise<number> {
  try {
    const args = readBacktestArgs(argv, streams.now);
    if (!args) streams.out(USAGE);
    else streams.out(await report(args));
    return 0;
  } catch (error) {
    if (!(error instanceof BacktestError)) throw error;
    streams.error(`${error.message}\n`);
    return 2;
  }
}

async function report(args: BacktestArgs): Promise<string> {
  const hpas = chosen(args).map(({ name, manifest }) => ({
    name,
    hpa: simulatedHpa(manifest, args.downscaleStabilizationSeconds),
  }));
  const traffic = await trafficOf(args);
  const runs = hpas.map(({ name, hpa }) => ({ name, hpa, run: simulate(traffic, settingOf(hpa, args)) }));
  const drawn = runs.map(({ name, hpa, run }): Drawn => ({ name, target: hpa.target, run }));
  const outcomes = runs.map(({ name, hpa, run }): Outcome => {
    return { name, verdict: judge(run, hpa.target, hpa.autoscaling.tolerance.up) };
  });
  const [first] = hpas;
  const subject: Subject = { id: first?.hpa.id ?? "", traffic: nameOf(args), ignored: first?.hpa.ignored ?? [] };
  if (args.svg !== undefined) writeFileSync(args.svg, svgPlot(subject.id, drawn));
  if (args.html !== undefined) writeFileSync(args.html, page(subject, drawn, outcomes));
  if (args.output === "markdown") return markdownBlock(subject, outcomes);
  if (args.output === "text") return textTable(subject, outcomes);
  const judged = outcomes.map(({ name, verdict }, index) => ({ name, ...verdict, sizes: drawn[index]?.run.sizes }));
  return `${JSON.stringify({ ...subject, runs: judged }, null, 2)}\n`;
}

function settingOf(
  { autoscaling, target, windowSeconds, countedBy, evaluationSeconds }: Simulated,
  args: BacktestArgs,
) {
  return { ...args, autoscaling, target, windowSeconds, countedBy, evaluationSeconds, firstSync: 0 };
}

/** The HPA as it shall be, and as it is now where that is known and another. */
function chosen({ file, against, hpa }: BacktestArgs): { name: string; manifest: Manifest }[] {
  const { next, before } = readManifests(file);
  const named = next.filter(({ id }) => hpa === undefined || id === hpa);
  const [manifest, ...more] = named;
  const listed = next.map(({ id }) => id).join(", ");
  if (!manifest) throw unclear(`${file} has no HPA ${hpa}; it has ${listed}`);
  if (more.length > 0) throw unclear(`${file} has several HPAs: ${listed}`);
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

function unclear(message: string): BacktestError {
  return new BacktestError("ASM_BACKTEST_INPUT", message, "Set --hpa=NAMESPACE/NAME to one of them");
}

async function trafficOf({ traffic }: BacktestArgs): Promise<Traffic> {
  if (traffic.kind === "shape") return shapedTraffic(traffic.shape, traffic.low, traffic.high, traffic.seconds);
  if (traffic.kind === "csv") return csvTraffic(read(traffic.file), traffic.file);
  const { tokenFile, ...range } = traffic;
  return rangeTraffic({
    ...range,
    authorization: tokenFile === undefined ? undefined : `Bearer ${read(tokenFile).trim()}`,
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BacktestError("ASM_BACKTEST_INPUT", `${file} cannot be read: ${why}`, "Use a file that can be read");
  }
}

function nameOf({ traffic }: BacktestArgs): string {
  if (traffic.kind === "shape") return `the shape ${traffic.shape}`;
  if (traffic.kind === "csv") return traffic.file.slice(traffic.file.lastIndexOf("/") + 1);
  const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 16);
  return `the traffic from ${day(traffic.from)} to ${day(traffic.to)}`;
}

function page(subject: Subject, drawn: readonly Drawn[], outcomes: readonly Outcome[]): string {
  const words = sentence(outcomes, subject.traffic).replaceAll("**", "");
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Backtest of ${subject.id}</title>` +
    `<body style="font:15px system-ui,sans-serif;max-width:60rem;margin:2rem auto"><h1>Backtest of ${subject.id}</h1><p>${words}</p>` +
    `${svgPlot(subject.id, drawn)}<pre>${textTable(subject, outcomes)}</pre>\n`
  );
}
