import { type Command, InvalidArgumentError, Option } from "commander";
import { number } from "../backtest/argValues";
import {
  addCapacityOptions,
  addClusterOptions,
  addTrafficOptions,
  type ClusterOptions,
  replayCommand,
  type TrafficOptions,
} from "../backtest/replayOptions";
import { FIXED, type Fixed } from "./space";

const DESCRIPTION = [
  "Finds the setting of an HPA that has at most so much above the capacity of its pods, at the least pod-hours.",
  "It replays traffic on some hundred settings: target, minReplicas, reaction, behavior, and what is anticipated or scheduled. It chooses on the first part of the traffic, and prints the numbers of the last part.",
  "FILE is the output of `kubectl get hpa -o yaml` or `pulumi preview --json`, or - for standard input. Nothing is changed in the cluster.",
];

const EXIT_CODES = `Exit codes:
  0  a setting holds the limit: that of today, or the one that is printed
  1  no setting holds the limit, or an output file cannot be written
  2  the command line or the input cannot be used`;

/** The values of the options of `tune`. */
export interface TuneOptions extends TrafficOptions, ClusterOptions {
  readonly filename?: string;
  readonly hpa?: string;
  readonly namespace?: string;
  readonly all?: boolean;
  readonly requestsAbove?: number;
  readonly secondsAbove?: number;
  readonly without?: readonly Fixed[];
  readonly output: "text" | "json";
  readonly svg?: string;
}

/** The command `asm-autoscaler tune` with its options and help. Neither prints nor exits when it parses. */
export function tuneCommand(version: string): Command {
  const command = replayCommand("tune", version, DESCRIPTION, EXIT_CODES)
    .option("--all", "each HPA of FILE, with its own queries: a table of what each would save or is short of")
    .optionsGroup("Goal:")
    .addOption(
      new Option(
        "--requests-above <NUMBER>",
        "requests that may be above capacity on a mean day (default: one of 10,000)",
      )
        .argParser(number(0))
        .conflicts("secondsAbove"),
    )
    .addOption(new Option("--seconds-above <NUMBER>", "the same in seconds").argParser(number(0)))
    .addOption(
      new Option(
        "--without <NAMES>",
        `what stays as it is today, or is not used, separated by commas: ${FIXED.join(", ")}`,
      ).argParser(fixed),
    );
  addTrafficOptions(addCapacityOptions(command), {
    length: "28 days",
    history: "what the settings that are tried need",
  });
  return addClusterOptions(command)
    .optionsGroup("Result:")
    .addOption(
      new Option("-o, --output <FORMAT>", "format of the result")
        .choices(["text", "json"] as const)
        .default("text" as const),
    )
    .option("--svg <FILE>", "write a plot of today's setting and of the chosen one");
}

function fixed(text: string): Fixed[] {
  return text.split(",").map((name) => {
    const found = FIXED.find((one) => one === name.trim());
    if (found) return found;
    throw new InvalidArgumentError(`${JSON.stringify(name)} is not one of ${FIXED.join(", ")}.`);
  });
}
