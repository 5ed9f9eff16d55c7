import { Command, Option } from "commander";
import { capacity, type NamedQuery, namedQuery, number, seconds, time } from "./argValues";
import type { GivenCapacity } from "./capacity";
import { SHAPES, type Shape } from "./shapes";

const DESCRIPTION = [
  "Replays traffic on an HPA and prints how many pods it would have run, and how many requests would have been above their capacity.",
  "FILE is the output of `kubectl get hpa -o yaml` or `pulumi preview --json`. If a preview changes an HPA, the new HPA is compared with the current one.",
  'All runs of a comparison are judged by one capacity: the requests per second that a pod can carry. By default it is the current target plus a tenth; --capacity sets what a load test found. "Current" is the HPA of --against, or of the preview\'s old state, or else the HPA itself. Two more columns are the bounds of what a setting can reach: no autoscaling at the size that the peak needs, and a perfect forecast.',
];

const EXIT_CODES = `
Durations are written 30s, 5m or 1h30m; a number without a unit is seconds.

Exit codes:
  0  the traffic was replayed
  1  the traffic was replayed, but an output file cannot be written
  2  the command line or the input cannot be used`;

const HELP_WIDTH = 110;

/** The values of the options for traffic, as commander returns them. */
export interface TrafficOptions {
  readonly traffic?: string;
  readonly shape?: Shape;
  readonly low?: number;
  readonly high?: number;
  readonly duration?: number;
  readonly query?: readonly NamedQuery[];
  readonly prometheus?: string;
  readonly from?: number;
  readonly to?: number;
  readonly step?: number;
  readonly tokenFile?: string;
  readonly history?: number;
}

/** The values of the options for the cluster and for how runs are judged. */
export interface ClusterOptions {
  readonly scrapeInterval: number;
  readonly readyAfter: number;
  readonly syncPeriod: number;
  readonly downscaleStabilization: number;
  readonly capacity?: readonly GivenCapacity[];
  readonly podHourPrice?: number;
}

/** The values of the options of `backtest`. */
export interface BacktestOptions extends TrafficOptions, ClusterOptions {
  readonly filename?: string;
  readonly against?: string;
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
  const command = new Command("asm-autoscaler backtest")
    .description(DESCRIPTION.join("\n\n"))
    .configureHelp({ helpWidth: HELP_WIDTH })
    .helpOption("-h, --help", "print this help")
    .version(version, "--version", "print the version")
    .addHelpText("after", EXIT_CODES)
    .exitOverride()
    .argument("[FILE]", "file with the HPA")
    .option("-f, --filename <FILE>", "the same as the argument, as in kubectl")
    .option("--hpa <NAMESPACE/NAME>", "the HPA, if FILE has several")
    .option("-n, --namespace <NAME>", "only HPAs of this namespace; --hpa can then be the name alone")
    .option("--against <FILE>", "file with the current HPA to compare with");
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

/**
 * Adds the options that say which traffic is replayed.
 *
 * @param usual The defaults of `--from` and `--history`, in words.
 */
export function addTrafficOptions(
  command: Command,
  usual: { readonly length: string; readonly history: string },
): Command {
  return command
    .optionsGroup("Traffic, one of --traffic, --prometheus and --shape:")
    .addOption(
      new Option(
        "--traffic <FILE>",
        "CSV: a time and the requests per second of the whole workload; further columns are other metrics, by the name of their query",
      ).conflicts(["shape", "prometheus"]),
    )
    .addOption(
      new Option(
        "--prometheus <URL>",
        "recorded data of this server, by the HPA's own queries or by --query",
      ).conflicts(["shape"]),
    )
    .addOption(
      new Option(
        "--query <[NAME=]PROMQL>",
        "of --prometheus: requests per second of the whole workload, or the values of the metric NAME; can be repeated",
      ).argParser(namedQuery),
    )
    .addOption(
      new Option("--from <TIME>", `of --prometheus: ISO 8601 (default: ${usual.length} before --to)`).argParser(time),
    )
    .addOption(new Option("--to <TIME>", "of --prometheus: ISO 8601 (default: now)").argParser(time))
    .addOption(new Option("--step <DURATION>", "of --prometheus (default: 1m)").argParser(seconds(1)))
    .option("--token-file <FILE>", "of --prometheus: file with a bearer token")
    .addOption(new Option("--shape <NAME>", "a synthetic shape").choices(SHAPES))
    .addOption(new Option("--low <NUMBER>", "of --shape: requests per second (default: 10)").argParser(number(0)))
    .addOption(new Option("--high <NUMBER>", "of --shape: requests per second (default: 100)").argParser(number(0)))
    .addOption(new Option("--duration <DURATION>", "of --shape (default: 1h)").argParser(seconds(60)))
    .addOption(
      new Option(
        "--history <DURATION>",
        `first part of the traffic that is not judged (default: ${usual.history})`,
      ).argParser(seconds(0)),
    );
}

/** Adds the options that describe the cluster. */
export function addClusterOptions(command: Command): Command {
  return command
    .optionsGroup("Cluster:")
    .addOption(duration("--scrape-interval", 15, "15s", "scrape interval of a sidecar", 1))
    .addOption(duration("--ready-after", 20, "20s", "time until a new pod receives requests", 0))
    .addOption(duration("--sync-period", 15, "15s", "sync period of the HPA controller", 1))
    .addOption(duration("--downscale-stabilization", 300, "5m", "stabilization window of an HPA without one", 0));
}

/** Adds the options by which runs are judged. */
export function addCapacityOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--capacity <[NAME=]NUMBER>",
        "requests per second that a pod can carry, of the first metric or of the metric NAME; can be repeated (default: the current target plus a tenth)",
      ).argParser(capacity),
    )
    .addOption(
      new Option("--pod-hour-price <NUMBER>", "price of one pod for one hour, to show the cost").argParser(number(0)),
    );
}

function duration(flag: string, value: number, text: string, help: string, least: number): Option {
  return new Option(`${flag} <DURATION>`, help).default(value, text).argParser(seconds(least));
}
