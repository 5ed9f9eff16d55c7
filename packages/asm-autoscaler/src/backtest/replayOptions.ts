import { Command, Option } from "commander";
import { capacity, type NamedQuery, namedQuery, number, seconds, time } from "./argValues";
import type { GivenCapacity } from "./capacity";
import { SHAPES, type Shape } from "./shapes";

const HELP_WIDTH = 110;
const DURATIONS = "Durations are written 30s, 5m or 1h30m; a number without a unit is seconds.";

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

/** A command that replays traffic on the HPA of a file, with the options that name that HPA. It neither prints nor exits. */
export function replayCommand(
  name: string,
  version: string,
  description: readonly string[],
  exitCodes: string,
): Command {
  return new Command(`asm-autoscaler ${name}`)
    .description(description.join("\n\n"))
    .configureHelp({ helpWidth: HELP_WIDTH })
    .helpOption("-h, --help", "print this help")
    .version(version, "--version", "print the version")
    .addHelpText("after", `\n${DURATIONS}\n\n${exitCodes}`)
    .exitOverride()
    .argument("[FILE]", "file with the HPA")
    .option("-f, --filename <FILE>", "the same as the argument, as in kubectl")
    .option("--hpa <NAMESPACE/NAME>", "the HPA, if FILE has several")
    .option("-n, --namespace <NAME>", "only HPAs of this namespace; --hpa can then be the name alone");
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
