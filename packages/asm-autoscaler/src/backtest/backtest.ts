import { readFileSync, writeFileSync } from "node:fs";
import { type BacktestArgs, readBacktestArgs } from "./args";
import { type Simulated, simulatedHpa } from "./autoscaler";
import { BacktestError } from "./backtestError";
import { csvTraffic } from "./csv";
import { amount } from "./format";
import { type Manifest, readManifests } from "./manifest";
import { overloadLimit } from "./overload";
import { type Drawn, svgPlot } from "./plot";
import { escaped } from "./plotStyle";
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

/**
 * Runs `asm-autoscaler backtest`. Returns the exit code: 0 the traffic was replayed, 1 an output file cannot be written, 2
 * the command line or the input cannot be used.
 */
export async function backtest(argv: readonly string[], streams: BacktestStreams = OWN): Promise<number> {
  try {
    const args = readBacktestArgs(argv, streams.now);
    if (typeof args === "string") {
      streams.out(args);
      return 0;
    }
    const { text, files } = await report(args);
    streams.out(text);
    for (const { path, content } of files) write(path, content);
    return 0;
  } catch (error) {
    if (!(error instanceof BacktestError)) throw error;
    streams.error(`${error.message}\n`);
    return error.code === "ASM_BACKTEST_OUTPUT" ? 1 : 2;
  }
}

interface Report {
  readonly text: string;
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

async function report(args: BacktestArgs): Promise<Report> {
  const hpas = chosen(args).map(({ name, manifest }) => ({
    name,
    hpa: simulatedHpa(manifest, args.downscaleStabilizationSeconds),
  }));
  const [first, current] = hpas;
  if (!first) throw new RangeError("there is no HPA to simulate");
  const traffic = await trafficOf(args);
  checkSize(
    traffic,
    hpas.map(({ hpa }) => hpa),
  );
  const subject: Subject = {
    id: first.hpa.id,
    traffic: nameOf(args),
    limit: overloadLimit(args.overload, (current ?? first).hpa, current === undefined),
    ignored: ignoredOf(hpas),
  };
  const drawn = hpas.map(({ name, hpa }): Drawn => {
    return { name, target: hpa.target, run: simulate(traffic, settingOf(hpa, args)) };
  });
  const outcomes = drawn.map(({ name, target, run }): Outcome => {
    return { name, target, verdict: judge(run, subject.limit.requestsPerSecond) };
  });
  const plot = () => svgPlot(subject, drawn, traffic.startsAt);
  return {
    text: textOf(args.output, subject, drawn, outcomes),
    files: [
      ...(args.svg === undefined ? [] : [{ path: args.svg, content: plot() }]),
      ...(args.html === undefined ? [] : [{ path: args.html, content: page(subject, plot(), outcomes) }]),
    ],
  };
}

function textOf(
  output: BacktestArgs["output"],
  subject: Subject,
  drawn: readonly Drawn[],
  outcomes: readonly Outcome[],
): string {
  if (output === "markdown") return markdownBlock(subject, outcomes);
  if (output === "text") return textTable(subject, outcomes);
  const runs = outcomes.map(({ name, target, verdict }, index) => {
    return { name, target, ...verdict, sizes: drawn[index]?.run.sizes };
  });
  return `${JSON.stringify({ ...subject, runs }, null, 2)}\n`;
}

/** Limits of a simulation, which needs time and memory for each second and for each pod. */
const MOST_DAYS = 92;
const MOST_PODS = 10_000;

function checkSize(traffic: Traffic, hpas: readonly Simulated[]): void {
  const days = traffic.seconds / 86_400;
  if (days > MOST_DAYS)
    throw new BacktestError(
      "ASM_BACKTEST_INPUT",
      `the traffic is ${amount(days)} days long, and at most ${MOST_DAYS} are simulated`,
      "Use a part of it",
    );
  const large = hpas.find(({ autoscaling }) => !(autoscaling.maxReplicas <= MOST_PODS));
  if (large)
    throw new BacktestError(
      "ASM_BACKTEST_INPUT",
      `maxReplicas of the HPA ${large.id} is ${large.autoscaling.maxReplicas}, and at most ${MOST_PODS} pods are simulated`,
      "Lower maxReplicas in the file",
    );
}

/** What does not count, of both HPAs. A line that only the current HPA has names it. */
function ignoredOf([first, current]: readonly { readonly name: string; readonly hpa: Simulated }[]): string[] {
  const own = first?.hpa.ignored ?? [];
  const others = current?.hpa.ignored.filter((line) => !own.includes(line)) ?? [];
  return [...own, ...others.map((line) => `${current?.name}: ${line}`)];
}

function write(path: string, content: string): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BacktestError("ASM_BACKTEST_OUTPUT", `${path} cannot be written: ${why}`, "Choose another file");
  }
}

function settingOf(
  { autoscaling, target, windowSeconds, countedBy, evaluationSeconds }: Simulated,
  args: BacktestArgs,
) {
  return { ...args, autoscaling, target, windowSeconds, countedBy, evaluationSeconds, firstSync: 0 };
}

/** The HPA as it will be, and as it is now if that is known and different. */
function chosen({ file, against, hpa }: BacktestArgs): { name: string; manifest: Manifest }[] {
  const { next, before } = readManifests(file);
  const selected = next.filter(({ id }) => {
    const [namespace, name] = id.split("/");
    return (hpa.namespace ?? namespace) === namespace && (hpa.name ?? name) === name;
  });
  const [manifest, ...more] = selected;
  const listed = next.map(({ id }) => id).join(", ");
  const wanted = `${hpa.namespace ?? "*"}/${hpa.name ?? "*"}`;
  if (!manifest) throw unclear(`${file} has no HPA ${wanted}; it has ${listed}`);
  if (more.length > 0) throw unclear(`${file} has several HPAs: ${selected.map(({ id }) => id).join(", ")}`);
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

function page(subject: Subject, plot: string, outcomes: readonly Outcome[]): string {
  const title = escaped(`Backtest of ${subject.id}`);
  const words = escaped(sentence(outcomes, subject.traffic).replaceAll("**", ""));
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${title}</title>` +
    `<body style="font:15px system-ui,sans-serif;max-width:60rem;margin:2rem auto"><h1>${title}</h1><p>${words}</p>` +
    `${plot}<pre>${escaped(textTable(subject, outcomes))}</pre>\n`
  );
}
