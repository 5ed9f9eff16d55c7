import { parseArgs } from "node:util";
import { BacktestError } from "./backtestError";
import { SHAPES, type Shape } from "./shapes";

/** The command line of `backtest`. */
export interface BacktestArgs {
  readonly file: string;
  readonly against: string | undefined;
  /** `namespace/name` of the HPA. */
  readonly hpa: string | undefined;
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
  readonly output: "text" | "json" | "markdown";
  /** Files to write a plot to. */
  readonly svg: string | undefined;
  readonly html: string | undefined;
}

export const USAGE = `asm-autoscaler backtest [flags] FILE

Replays traffic on an HPA and reports how many pods it would have run, and for how long they were above their target. FILE is
the output of "kubectl get hpa -o yaml" or "pulumi preview --json". For a preview, a changed HPA is compared with its current state.

  --hpa=NAMESPACE/NAME    the HPA, if FILE has several
  --against=FILE          the HPA to compare with, instead of the current state in a preview

Traffic, one of:
  --traffic=FILE.csv      lines of time,requests per second of the whole workload
  --shape=NAME            ${SHAPES.join(", ")}, with --low, --high (requests per second, default 10 and 100) and
                          --minutes (default 60)
  --query=PROMQL          with --prometheus=URL, --from and --to (ISO 8601, default the last seven days), --step (seconds,
                          default 60), --token-file=FILE

Cluster:
  --scrape-interval=15    scrape interval of a sidecar in seconds
  --ready-after=20        seconds until a new pod receives requests
  --sync-period=15        sync period of the HPA controller in seconds
  --downscale-stabilization=300   stabilization window in seconds, for an HPA without one

  --output=text|json|markdown     default text
  --svg=FILE, --html=FILE         write a plot

Exit code: 0 on success, 2 if the input cannot be used.
`;

const TEXT = { type: "string" } as const;
const NAMES = [
  ...[
    "hpa",
    "against",
    "traffic",
    "shape",
    "low",
    "high",
    "minutes",
    "query",
    "prometheus",
    "from",
    "to",
    "step",
    "token-file",
  ],
  ...["scrape-interval", "ready-after", "sync-period", "downscale-stabilization", "output", "svg", "html"],
] as const;
const WEEK_SECONDS = 7 * 86_400;

/** Reads the command line. Returns undefined for --help. @throws BacktestError */
export function readBacktestArgs(argv: readonly string[], now: () => number): BacktestArgs | undefined {
  const { values, positionals } = parsed(argv);
  if (values["help"] === true) return undefined;
  const of = (name: (typeof NAMES)[number]) => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  const number = (name: (typeof NAMES)[number], otherwise: number, least: number) => {
    const text = of(name);
    const value = text === undefined ? otherwise : Number(text);
    if (text?.trim() === "" || !Number.isFinite(value) || value < least)
      throw wrong(`--${name}=${text} is not a number of at least ${least}`);
    return value;
  };
  const seconds = (name: (typeof NAMES)[number], otherwise: number, least: number) =>
    Math.round(number(name, otherwise, least));
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw wrong("exactly one FILE is required");
  const chosen = (["traffic", "shape", "query"] as const).filter((name) => of(name) !== undefined);
  if (chosen.length !== 1) throw wrong("exactly one of --traffic, --shape and --query is required");
  const traffic = (): BacktestArgs["traffic"] => {
    if (of("traffic") !== undefined) return { kind: "csv", file: of("traffic") ?? "" };
    if (of("shape") !== undefined) {
      const shape = oneOf("shape", of("shape"), SHAPES);
      return {
        kind: "shape",
        shape,
        low: number("low", 10, 0),
        high: number("high", 100, 0),
        seconds: 60 * number("minutes", 60, 1),
      };
    }
    const server = of("prometheus") ?? "";
    if (!URL.canParse(server)) throw wrong(`--prometheus=${server} is not a URL`);
    const to = time("to", of("to")) ?? Math.floor(now() / 1000);
    const from = time("from", of("from")) ?? to - WEEK_SECONDS;
    if (from >= to) throw wrong("--from is not before --to");
    return {
      kind: "range",
      server,
      query: of("query") ?? "",
      from,
      to,
      stepSeconds: number("step", 60, 1),
      tokenFile: of("token-file"),
    };
  };
  return {
    file,
    against: of("against"),
    hpa: of("hpa"),
    traffic: traffic(),
    scrapeIntervalSeconds: seconds("scrape-interval", 15, 1),
    readyAfterSeconds: seconds("ready-after", 20, 0),
    syncSeconds: seconds("sync-period", 15, 1),
    downscaleStabilizationSeconds: seconds("downscale-stabilization", 300, 0),
    output: oneOf("output", of("output") ?? "text", ["text", "json", "markdown"]),
    svg: of("svg"),
    html: of("html"),
  };
}

function parsed(argv: readonly string[]): { values: Partial<Record<string, unknown>>; positionals: string[] } {
  try {
    const options = {
      help: { type: "boolean", short: "h" } as const,
      ...Object.fromEntries(NAMES.map((name) => [name, TEXT])),
    };
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    throw wrong(error instanceof Error ? (error.message.split(". ")[0] ?? "") : String(error));
  }
}

function time(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(text) / 1000;
  if (Number.isNaN(at)) throw wrong(`--${name}=${text} is not a time such as 2026-11-24T08:00:00Z`);
  return at;
}

function oneOf<T extends string>(name: string, value: string | undefined, known: readonly T[]): T {
  const found = known.find((candidate) => candidate === value);
  if (found === undefined) throw wrong(`--${name}=${value} is not one of ${known.join(", ")}`);
  return found;
}

function wrong(message: string): BacktestError {
  return new BacktestError("ASM_BACKTEST_FLAG", message, "See asm-autoscaler backtest --help");
}
