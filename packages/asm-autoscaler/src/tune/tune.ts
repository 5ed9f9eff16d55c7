import { type BacktestStreams, exitCodeOf, isMeant, OWN, theOne, write } from "../backtest/backtest";
import { BacktestError } from "../backtest/backtestError";
import { readManifests } from "../backtest/manifest";
import { svgPlot } from "../backtest/plot";
import { readTuneArgs, type TuneCommandArgs } from "./args";
import { showProgress } from "./progress";
import { type Summary, summaryJson, summaryTable } from "./summary";
import { type Tuned, tuned } from "./tuned";
import { diffOf, settingText, textReport, verdictText } from "./words";

/**
 * Runs `asm-autoscaler tune`. Returns the exit code: 0 a setting holds the limit, 1 none does, or an output file cannot be
 * written, 2 the command line or the input cannot be used.
 */
export async function tune(argv: readonly string[], streams: BacktestStreams = OWN): Promise<number> {
  return exitCodeOf(
    streams,
    () => readTuneArgs(argv, streams.now),
    (args) => (args.isAll ? tuneAll(args, streams) : tuneOne(args, streams)),
  );
}

async function tuneOne(args: TuneCommandArgs, streams: BacktestStreams): Promise<number> {
  const manifest = theOne(readManifests(args.file).next, args.file, args.hpa);
  const progress = showProgress(streams);
  const found = await tuned(manifest, args, (done, total) => progress.show(manifest.id, done / total)).finally(
    progress.end,
  );
  streams.out(args.output === "json" ? `${JSON.stringify(jsonOf(found), null, 2)}\n` : textReport(found));
  if (args.svg !== undefined) write(args.svg, plotOf(found, args.podHourPrice));
  return found.verdict === "unreachable" ? 1 : 0;
}

/** One after the other, so that Prometheus gets one request at a time. What cannot be tuned is a row with the reason. */
async function tuneAll(args: TuneCommandArgs, streams: BacktestStreams): Promise<number> {
  const manifests = readManifests(args.file).next.filter(({ id }) => isMeant(id, args.hpa));
  const progress = showProgress(streams);
  const rows: Summary[] = [];
  for (const [index, manifest] of manifests.entries()) {
    const name = `${index + 1} of ${manifests.length}, ${manifest.id}`;
    try {
      const found = await tuned(manifest, args, (done, total) =>
        progress.show(name, (index + done / total) / manifests.length),
      );
      rows.push({ id: manifest.id, found });
    } catch (error) {
      if (!(error instanceof BacktestError)) throw error;
      rows.push({ id: manifest.id, problem: error.message });
    }
  }
  progress.end();
  streams.out(args.output === "json" ? summaryJson(rows, jsonOf) : summaryTable(rows, args.podHourPrice));
  if (manifests.length > 0 && rows.every(({ problem }) => problem !== undefined)) return 2;
  return rows.some(({ found }) => found?.verdict === "unreachable") ? 1 : 0;
}

/** What a program reads: the same as the text. */
function jsonOf(found: Tuned): object {
  const { before: _, after, bound: __, runs: ___, rows, today, chosen, ...rest } = found;
  return {
    ...{ ...rest, sentence: verdictText(found) },
    rows: rows.map((row) => ({
      ...{ text: settingText(row.candidate), isToday: row === today, isChosen: row === chosen },
      ...row,
    })),
    ...{ diff: chosen === today ? "" : diffOf(found), manifest: after.object },
  };
}

/** Today's setting and the chosen one on the reported days. */
function plotOf(found: Tuned, podHourPrice: number | undefined): string {
  const { id, traffic, capacities, startsAt, split, today, chosen, ignored } = found;
  const runs = found.runs();
  const start = startsAt === undefined ? undefined : startsAt + split.report.from;
  const now = { name: "today", target: today.candidate.target, run: runs.today };
  const next = { name: "chosen", target: chosen.candidate.target, run: runs.chosen };
  return svgPlot(
    { id, traffic, capacities, startsAt: start, podHourPrice, ignored },
    chosen === today ? [now] : [next, now],
  );
}
