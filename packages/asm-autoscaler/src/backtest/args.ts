import { parseCommandLine } from "@asm-autoscaler/hpa-metrics";
import { BacktestError } from "./backtestError";
import { type BacktestOptions, backtestCommand, OPTIONS_OF } from "./command";
import type { Shape } from "./shapes";

/** The command line of `backtest`. */
export interface BacktestArgs {
  readonly file: string;
  readonly against: string | undefined;
  /** Name of the HPA, and its namespace; undefined where they are not given. */
  readonly hpa: { readonly namespace: string | undefined; readonly name: string | undefined };
  readonly traffic:
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
        readonly query: string;
        readonly from: number;
        readonly to: number;
        readonly stepSeconds: number;
        readonly tokenFile: string | undefined;
      };
  readonly scrapeIntervalSeconds: number;
  readonly readyAfterSeconds: number;
  readonly syncSeconds: number;
  readonly downscaleStabilizationSeconds: number;
  /** Requests per second above which a pod is overloaded. Default: the current target plus its tolerance. */
  readonly overload: number | undefined;
  readonly output: "text" | "json" | "markdown";
  /** Files to write a plot to. */
  readonly svg: string | undefined;
  readonly html: string | undefined;
}

const WEEK_SECONDS = 7 * 86_400;

/** Reads the command line. Returns the text to print for --help and --version. @throws BacktestError */
export function readBacktestArgs(argv: readonly string[], now: () => number): BacktestArgs | string {
  const { version } = require("../../package.json") as { version: string };
  const command = backtestCommand(version);
  const text = parseCommandLine(command, argv, wrong);
  if (text !== undefined) return text;
  const options = command.opts<BacktestOptions>();
  const files = [...command.args, ...(options.filename === undefined ? [] : [options.filename])];
  const [file] = files;
  if (file === undefined || files.length > 1)
    throw wrong(`exactly one FILE is required, and there are ${files.length}`);
  return {
    file,
    against: options.against,
    hpa: hpaOf(options),
    traffic: trafficOf(options, now),
    scrapeIntervalSeconds: options.scrapeInterval,
    readyAfterSeconds: options.readyAfter,
    syncSeconds: options.syncPeriod,
    downscaleStabilizationSeconds: options.downscaleStabilization,
    overload: options.overload,
    output: options.output,
    svg: options.svg,
    html: options.html,
  };
}

function hpaOf({ hpa, namespace }: BacktestOptions): BacktestArgs["hpa"] {
  const parts = hpa?.split("/") ?? [];
  const [own, name] = parts.length > 1 ? parts : [undefined, parts[0]];
  if (parts.length > 2 || name === "" || own === "") throw wrong(`--hpa=${hpa} is not NAMESPACE/NAME`);
  if (own !== undefined && namespace !== undefined && own !== namespace)
    throw wrong(`--hpa=${hpa} and --namespace=${namespace} name two namespaces`);
  return { namespace: own ?? namespace, name };
}

function trafficOf(options: BacktestOptions, now: () => number): BacktestArgs["traffic"] {
  const { traffic, shape, query, low = 10, high = 100 } = options;
  const chosen = (["traffic", "shape", "query"] as const).find((name) => options[name] !== undefined);
  if (chosen === undefined) throw wrong("one of --traffic, --shape and --query is required");
  for (const [owner, names] of Object.entries(OPTIONS_OF)) {
    const stray = owner === chosen ? undefined : names.find((name) => options[name] !== undefined);
    if (stray !== undefined) throw wrong(`${flagOf(stray)} belongs to --${owner} and cannot be used with --${chosen}`);
  }
  if (traffic !== undefined) return { kind: "csv", file: traffic };
  if (shape !== undefined) {
    if (low > high) throw wrong(`--low=${low} is above --high=${high}`);
    return { kind: "shape", shape, low, high, seconds: options.duration ?? 3_600 };
  }
  if (options.prometheus === undefined) throw wrong("--query needs --prometheus");
  if (!/^https?:\/\//i.test(options.prometheus) || !URL.canParse(options.prometheus))
    throw wrong("--prometheus is not an http or https URL, such as http://localhost:9090");
  const to = options.to ?? Math.floor(now() / 1000);
  const from = options.from ?? to - WEEK_SECONDS;
  if (from >= to) throw wrong("--from is not before --to");
  return {
    ...{ kind: "range", server: options.prometheus, query: query ?? "", from, to },
    ...{ stepSeconds: options.step ?? 60, tokenFile: options.tokenFile },
  };
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function wrong(message: string): BacktestError {
  return new BacktestError("ASM_BACKTEST_FLAG", message.replace(/\.$/, ""), "See asm-autoscaler backtest --help");
}
