import { type Command, Option } from "commander";
import {
  addCapacityOptions,
  addClusterOptions,
  addTrafficOptions,
  type ClusterOptions,
  replayCommand,
  type TrafficOptions,
} from "./replayOptions";

const DESCRIPTION = [
  "Replays traffic on an HPA and prints how many pods it would have run, and how many requests would have been above their capacity.",
  "FILE is the output of `kubectl get hpa -o yaml` or `pulumi preview --json`. If a preview changes an HPA, the new HPA is compared with the current one.",
  'All runs of a comparison are judged by one capacity: the requests per second that a pod can carry. By default it is the current target plus a tenth; --capacity sets what a load test found. "Current" is the HPA of --against, or of the preview\'s old state, or else the HPA itself. Two more columns are the bounds of what a setting can reach: no autoscaling at the size that the peak needs, and a perfect forecast.',
];

const EXIT_CODES = `Exit codes:
  0  the traffic was replayed
  1  the traffic was replayed, but an output file cannot be written
  2  the command line or the input cannot be used`;

/** The values of the options of `backtest`. */
export interface BacktestOptions extends TrafficOptions, ClusterOptions {
  readonly filename?: string;
  readonly against?: string;
  readonly rules?: string;
  readonly hpa?: string;
  readonly namespace?: string;
  readonly output: "text" | "json" | "markdown";
  readonly svg?: string;
  readonly html?: string;
}

/** The options that belong to one kind of traffic. */
export const OPTIONS_OF = {
  shape: ["low", "high", "duration"],
  prometheus: ["query", "from", "to", "step", "tokenFile"],
} as const;

/** The command `asm-autoscaler backtest` with its options and help. Neither prints nor exits when it parses. */
export function backtestCommand(version: string): Command {
  const command = replayCommand("backtest", version, DESCRIPTION, EXIT_CODES)
    .option("--against <FILE>", "file with the current HPA to compare with")
    .option(
      "--rules <FILE>",
      "rules of prometheus-adapter for the Pods and Object metrics: its config.yaml, a ConfigMap with it, or values of its Helm chart",
    );
  addTrafficOptions(command, {
    length: "the history, and seven days,",
    history: "what the HPA needs to anticipate, as far as there is traffic",
  });
  addClusterOptions(command);
  return addCapacityOptions(command.optionsGroup("Result:"))
    .addOption(
      new Option("-o, --output <FORMAT>", "format of the result")
        .choices(["text", "json", "markdown"] as const)
        .default("text" as const),
    )
    .option("--svg <FILE>", "write a plot")
    .option("--html <FILE>", "write a page with the plot and the result");
}
