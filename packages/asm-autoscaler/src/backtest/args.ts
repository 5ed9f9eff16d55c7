import { parseCommandLine } from "@asm-autoscaler/hpa-metrics";
import type { NamedQuery } from "./argValues";
import { BacktestError } from "./backtestError";
import type { GivenCapacity } from "./capacity";
import { type BacktestOptions, backtestCommand, OPTIONS_OF } from "./command";
import type { ClusterOptions, TrafficOptions } from "./replayOptions";
import type { Shape } from "./shapes";

/** Where traffic is from. */
export type TrafficArgs =
  | { readonly kind: "csv"; readonly file: string }
  | {
      readonly kind: "shape";
      readonly shape: Shape;
      readonly low: number;
      readonly high: number;
      readonly seconds: number;
    }
  | {
      readonly kind: "range";
      readonly server: string;
      /** Empty: those of the HPA. */
      readonly queries: readonly NamedQuery[];
      /** Undefined: the usual length and the history before `to`. */
      readonly from: number | undefined;
      readonly to: number;
      readonly stepSeconds: number;
      readonly tokenFile: string | undefined;
    };

/** The cluster, and how runs are judged. */
export interface ClusterArgs {
  readonly scrapeIntervalSeconds: number;
  readonly readyAfterSeconds: number;
  readonly syncSeconds: number;
  readonly downscaleStabilizationSeconds: number;
  readonly capacities: readonly GivenCapacity[];
  readonly podHourPrice: number | undefined;
}

/** Which HPA of a file; undefined where it is not given. */
export interface HpaArgs {
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** The command line of `backtest`. */
export interface BacktestArgs extends ClusterArgs {
  readonly file: string;
  readonly against: string | undefined;
  readonly hpa: HpaArgs;
  /** File with the rules of prometheus-adapter. */
  readonly rules: string | undefined;
  readonly traffic: TrafficArgs;
  /** Seconds of the traffic that are not judged. Undefined: what the HPA needs. */
  readonly historySeconds: number | undefined;
  readonly output: "text" | "json" | "markdown";
  /** Files to write a plot to. */
  readonly svg: string | undefined;
  readonly html: string | undefined;
}

/** Reads the command line. Returns the text to print for --help and --version. @throws BacktestError */
export function readBacktestArgs(argv: readonly string[], now: () => number): BacktestArgs | string {
  const { version } = require("../../package.json") as { version: string };
  const command = backtestCommand(version);
  const wrong = (message: string) => wrongFlag("backtest", message);
  const text = parseCommandLine(command, argv, wrong);
  if (text !== undefined) return text;
  const options = command.opts<BacktestOptions>();
  return {
    file: fileOf(command.args, options.filename, wrong),
    against: options.against,
    hpa: hpaOf(options, wrong),
    rules: options.rules,
    traffic: trafficOf(options, now, wrong),
    historySeconds: options.history,
    ...clusterOf(options),
    output: options.output,
    svg: options.svg,
    html: options.html,
  };
}

type Wrong = (message: string) => BacktestError;

/** The one FILE of a command line. */
export function fileOf(args: readonly string[], filename: string | undefined, wrong: Wrong): string {
  const files = [...args, ...(filename === undefined ? [] : [filename])];
  const [file] = files;
  if (file === undefined || files.length > 1)
    throw wrong(`exactly one FILE is required, and there are ${files.length}`);
  return file;
}

/** The HPA of `--hpa` and `--namespace`. */
export function hpaOf({ hpa, namespace }: Pick<BacktestOptions, "hpa" | "namespace">, wrong: Wrong): HpaArgs {
  const parts = hpa?.split("/") ?? [];
  const [own, name] = parts.length > 1 ? parts : [undefined, parts[0]];
  if (parts.length > 2 || name === "" || own === "") throw wrong(`--hpa=${hpa} is not NAMESPACE/NAME`);
  if (own !== undefined && namespace !== undefined && own !== namespace)
    throw wrong(`--hpa=${hpa} and --namespace=${namespace} name two namespaces`);
  return { namespace: own ?? namespace, name };
}

/** The values of the options that `addClusterOptions` and `addCapacityOptions` add. */
export function clusterOf(options: ClusterOptions): ClusterArgs {
  return {
    scrapeIntervalSeconds: options.scrapeInterval,
    readyAfterSeconds: options.readyAfter,
    syncSeconds: options.syncPeriod,
    downscaleStabilizationSeconds: options.downscaleStabilization,
    capacities: options.capacity ?? [],
    podHourPrice: options.podHourPrice,
  };
}

/** The values of the options that `addTrafficOptions` adds. */
export function trafficOf(options: TrafficOptions, now: () => number, wrong: Wrong): TrafficArgs {
  const { traffic, shape, prometheus, low = 10, high = 100 } = options;
  const chosen = (["traffic", "shape", "prometheus"] as const).find((name) => options[name] !== undefined);
  if (chosen === undefined && options.query !== undefined) throw wrong("--query needs --prometheus");
  if (chosen === undefined) throw wrong("one of --traffic, --prometheus and --shape is required");
  for (const [owner, names] of Object.entries(OPTIONS_OF)) {
    const stray = owner === chosen ? undefined : names.find((name) => options[name] !== undefined);
    if (stray !== undefined) throw wrong(`${flagOf(stray)} belongs to --${owner} and cannot be used with --${chosen}`);
  }
  if (traffic !== undefined) return { kind: "csv", file: traffic };
  if (shape !== undefined) {
    if (low > high) throw wrong(`--low=${low} is above --high=${high}`);
    return { kind: "shape", shape, low, high, seconds: options.duration ?? 3_600 };
  }
  const server = prometheus ?? "";
  if (!/^https?:\/\//i.test(server) || !URL.canParse(server))
    throw wrong("--prometheus is not an http or https URL, such as http://localhost:9090");
  const { from, to = Math.floor(now() / 1000) } = options;
  if (from !== undefined && from >= to) throw wrong("--from is not before --to");
  return {
    ...{ kind: "range", server, queries: options.query ?? [], from, to },
    ...{ stepSeconds: options.step ?? 60, tokenFile: options.tokenFile },
  };
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A command line that cannot be used. */
export function wrongFlag(command: "backtest" | "tune", message: string): BacktestError {
  return new BacktestError("ASM_BACKTEST_FLAG", message.replace(/\.$/, ""), `See asm-autoscaler ${command} --help`);
}
