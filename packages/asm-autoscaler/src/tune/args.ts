import { parseCommandLine } from "@asm-autoscaler/hpa-metrics";
import { clusterOf, fileOf, type HpaArgs, hpaOf, trafficOf, wrongFlag } from "../backtest/args";
import { type TuneOptions, tuneCommand } from "./command";
import type { Limit } from "./evaluation";
import type { TuneArgs } from "./tuned";

/** The command line of `tune`. */
export interface TuneCommandArgs extends TuneArgs {
  readonly file: string;
  readonly hpa: HpaArgs;
  readonly isAll: boolean;
  readonly output: "text" | "json";
  readonly svg: string | undefined;
}

/** Reads the command line. Returns the text to print for --help and --version. @throws BacktestError */
export function readTuneArgs(argv: readonly string[], now: () => number): TuneCommandArgs | string {
  const { version } = require("../../package.json") as { version: string };
  const command = tuneCommand(version);
  const wrong = (message: string) => wrongFlag("tune", message);
  const text = parseCommandLine(command, argv, wrong);
  if (text !== undefined) return text;
  const options = command.opts<TuneOptions>();
  const traffic = trafficOf(options, now, wrong);
  const isAll = options.all === true;
  if (isAll && (traffic.kind !== "range" || traffic.queries.length > 0))
    throw wrong("--all needs --prometheus without --query, because each HPA has its own traffic");
  const single = (["capacity", "svg"] as const).find((name) => options[name] !== undefined);
  if (isAll && single !== undefined) throw wrong(`--${single} is for one HPA and cannot be used with --all`);
  return {
    file: fileOf(command.args, options.filename, wrong),
    hpa: hpaOf(options, wrong),
    ...{ isAll, traffic, limit: limitOf(options), without: options.without ?? [] },
    historySeconds: options.history,
    ...clusterOf(options),
    ...{ output: options.output, svg: options.svg },
  };
}

function limitOf({ requestsAbove, secondsAbove }: TuneOptions): Limit | undefined {
  if (requestsAbove !== undefined) return { counts: "requests", perDay: requestsAbove };
  return secondsAbove === undefined ? undefined : { counts: "seconds", perDay: secondsAbove };
}
