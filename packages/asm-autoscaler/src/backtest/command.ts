import { Command, Option } from "commander";
import { number, seconds, time } from "./argValues";
import { SHAPES, type Shape } from "./shapes";

const DESCRIPTION = [
  "Replays traffic on an HPA and prints how many pods it would have run, and how long they would have been overloaded.",
  "FILE is the output of `kubectl get hpa -o yaml` or `pulumi preview --json`. If a preview changes an HPA, the new HPA is compared with the current one.",
  'A pod is overloaded if it gets more requests per second than the current target plus its tolerance. All HPAs of a comparison are judged by this one limit; --overload sets another. "Current" is the HPA of --against, or of the preview\'s old state, or else the HPA itself.',
];

const EXIT_CODES = `
Durations are written 30s, 5m or 1h30m; a number without a unit is seconds.

Exit codes:
  0  the traffic was replayed
  1  the traffic was replayed, but an output file cannot be written
  2  the command line or the input cannot be used`;

const HELP_WIDTH = 110;

/** The values of the options, as commander returns them. */
export interface BacktestOptions {
  readonly filename?: string;
  readonly against?: string;
  readonly hpa?: string;
  readonly namespace?: string;
  readonly traffic?: string;
  readonly shape?: Shape;
  readonly low?: number;
  readonly high?: number;
  readonly duration?: number;
  readonly query?: string;
  readonly prometheus?: string;
  readonly from?: number;
  readonly to?: number;
  readonly step?: number;
  readonly tokenFile?: string;
  readonly scrapeInterval: number;
  readonly readyAfter: number;
  readonly syncPeriod: number;
  readonly downscaleStabilization: number;
  readonly overload?: number;
  readonly output: "text" | "json" | "markdown";
  readonly svg?: string;
  readonly html?: string;
}

/** The options that belong to one kind of traffic. */
export const OPTIONS_OF = {
  shape: ["low", "high", "duration"],
  query: ["prometheus", "from", "to", "step", "tokenFile"],
} as const;

/** The command `asm-autoscaler backtest` with its options and help. Neither prints nor exits when it parses. */
export function backtestCommand(version: string): Command {
  return new Command("asm-autoscaler backtest")
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
    .option("--against <FILE>", "file with the current HPA to compare with")
    .optionsGroup("Traffic, one of --traffic, --shape and --query:")
    .addOption(
      new Option("--traffic <FILE>", "CSV: a time and the requests per second of the whole workload").conflicts([
        ...["shape", "query"],
      ]),
    )
    .addOption(new Option("--shape <NAME>", "a synthetic shape").choices(SHAPES).conflicts("query"))
    .addOption(new Option("--low <NUMBER>", "of --shape: requests per second (default: 10)").argParser(number(0)))
    .addOption(new Option("--high <NUMBER>", "of --shape: requests per second (default: 100)").argParser(number(0)))
    .addOption(new Option("--duration <DURATION>", "of --shape (default: 1h)").argParser(seconds(60)))
    .option("--query <PROMQL>", "requests per second of the whole workload, from --prometheus")
    .option("--prometheus <URL>", "of --query: the server")
    .addOption(new Option("--from <TIME>", "of --query: ISO 8601 (default: seven days before --to)").argParser(time))
    .addOption(new Option("--to <TIME>", "of --query: ISO 8601 (default: now)").argParser(time))
    .addOption(new Option("--step <DURATION>", "of --query (default: 1m)").argParser(seconds(1)))
    .option("--token-file <FILE>", "of --query: file with a bearer token")
    .optionsGroup("Cluster:")
    .addOption(duration("--scrape-interval", 15, "15s", "scrape interval of a sidecar", 1))
    .addOption(duration("--ready-after", 20, "20s", "time until a new pod receives requests", 0))
    .addOption(duration("--sync-period", 15, "15s", "sync period of the HPA controller", 1))
    .addOption(duration("--downscale-stabilization", 300, "5m", "stabilization window of an HPA without one", 0))
    .optionsGroup("Result:")
    .addOption(
      new Option(
        "--overload <NUMBER>",
        "requests per second above which a pod is overloaded (default: the current target plus its tolerance)",
      ).argParser(number(0)),
    )
    .addOption(
      new Option("-o, --output <FORMAT>", "format of the result")
        .choices(["text", "json", "markdown"] as const)
        .default("text" as const),
    )
    .option("--svg <FILE>", "write a plot")
    .option("--html <FILE>", "write a page with the plot and the result");
}

function duration(flag: string, value: number, text: string, help: string, least: number): Option {
  return new Option(`${flag} <DURATION>`, help).default(value, text).argParser(seconds(least));
}
