import { FLAG_GROUPS, nearest, problem, problemLine, type ServerFlag } from "@asm-autoscaler/hpa-metrics";
import { check } from "./commands/check/check.ts";
import { explain } from "./commands/explain/explain.ts";
import { giveBack } from "./commands/giveBack.ts";
import { UsageError } from "./flags/flags.ts";
import { createLog } from "./kubernetes/log.ts";
import { serve } from "./serve.ts";
import { ADAPTER_VERSION } from "./version.ts";

/** Where the help of a flag starts. */
const HELP_COLUMN = 38;

const SERVER_HELP = `Usage: asm-metrics-adapter [serve] [flags]
       asm-metrics-adapter check [options] [file...]
       asm-metrics-adapter explain [options] <hpa>
       asm-metrics-adapter give-back [flags]

Serves the external metrics API of Kubernetes from Prometheus, for HPAs that carry their queries in annotations. Flags are
written --name=value or --name value, and mean the same as in kube-metrics-adapter, whose other flags are accepted.

Commands, each with --help:
  check      find the HPAs that behave differently with this adapter
  explain    find out why an HPA does not scale
  give-back  give the APIService back to the adapter that it was taken from

${flagHelp()}
  -h, --help                            print this help
  --version                             print the version

Exit codes:
  0  stopped by SIGTERM or SIGINT
  1  the adapter cannot serve
  2  the command line is wrong, or there is no cluster to serve
`;

/** The help of the npm package's command. Its launcher runs `backtest` and `tune` itself. */
const PACKAGE_HELP = `Usage: asm-autoscaler <command> [options]

Commands, each with --help:
  check     find the HPAs that behave differently with asm-metrics-adapter
  explain   find out why an HPA does not scale
  backtest  replay traffic on an HPA before you deploy it
  tune      find the setting of an HPA that holds a limit at the least pod-hours

Options:
  -h, --help  print this help
  --version   print the version

Exit codes: 0 success, 1 a finding, 2 the command line or the input cannot be used.
`;

type Command = (argv: readonly string[]) => Promise<number>;

/** The commands by their first word. Each returns its exit code. */
const COMMANDS: Readonly<Record<string, Command>> = {
  check: (argv) => check(argv),
  explain: (argv) => explain(argv),
};

const SERVER: Readonly<Record<string, Command>> = {
  ...COMMANDS,
  "give-back": (argv) => giveBack(argv),
  async serve(argv) {
    await serve(argv, createLog());
    return 0;
  },
};

/**
 * Runs the command that the first word names; without one, the server. Returns the exit code.
 *
 * @param commandName `asm-autoscaler` has no server.
 * @throws UsageError for a command line with which nothing can run.
 */
export async function run(
  argv: readonly string[],
  commandName: "asm-autoscaler" | "asm-metrics-adapter",
  out: (text: string) => void,
): Promise<number> {
  const isServer = commandName === "asm-metrics-adapter";
  const [help, commands] = isServer ? [SERVER_HELP, SERVER] : [PACKAGE_HELP, COMMANDS];
  const print = (text: string) => {
    out(text);
    return 0;
  };
  const [first = "", second = ""] = argv;
  const isFlag = first === "" || first.startsWith("-");
  if (first === "help") return (second === "serve" ? undefined : commands[second])?.(["--help"]) ?? print(help);
  if (isFlag || first === "serve") {
    if (argv.some((word) => word === "--help" || word === "-h")) return print(help);
    if (argv.includes("--version")) return print(`${ADAPTER_VERSION}\n`);
    if (argv.length === 0 && !isServer) throw new UsageError(help);
  }
  const command = commands[isServer && isFlag ? "serve" : first];
  if (!command) throw unknownCommand(first, Object.keys(commands));
  return command(isFlag ? argv : argv.slice(1));
}

function unknownCommand(name: string, known: readonly string[]): UsageError {
  const close = nearest(name, known);
  const hint = close === undefined ? `known: ${known.join(", ")}` : `did you mean ${close}?`;
  return new UsageError(problemLine(problem("ASM_COMMAND", `unknown command "${name}"; ${hint}`)));
}

/** The part of `--help` that lists the flags. */
function flagHelp(): string {
  return FLAG_GROUPS.map(({ title, flags }) => [`${title}:`, ...flags.map(lineOf), ""].join("\n")).join("\n");
}

/** A long flag gets a line of its own, as kubectl prints its flags. */
function lineOf({ name, value, help }: ServerFlag): string {
  const flag = `  --${name}${value === undefined ? "" : `=${value}`}`;
  return flag.length < HELP_COLUMN - 1 ? flag.padEnd(HELP_COLUMN) + help : `${flag}\n${" ".repeat(HELP_COLUMN)}${help}`;
}
