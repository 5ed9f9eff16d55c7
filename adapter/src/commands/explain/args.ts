import { ProblemError, problem, RULE_FLAGS, type ServerFlag, SHARED_FLAGS } from "@asm-autoscaler/hpa-metrics";
import { Option } from "commander";
import { SWITCHES, WITH_VALUE } from "../../flags/commandLine.ts";
import { type Flags, parseFlags } from "../../flags/flags.ts";
import { createCommand, parseCommand } from "../parseCommand.ts";

/** The parsed command line of `explain`. */
export interface ExplainArgs {
  readonly namespace: string;
  /** Name of the HPA. */
  readonly name: string;
  readonly output: "text" | "json";
  /** The adapter's own flags: Prometheus servers, their credentials and the tenant limits. */
  readonly flags: Flags;
}

const DESCRIPTION = [
  "Follows one HPA from its annotations to its replicas and prints why it does not scale. Changes nothing.",
  "The user of the kubeconfig needs get or list on the HPA, and list on external.metrics.k8s.io to see what is served. Give --prometheus-server with a URL that works from here; without it, series cannot be checked. From a laptop, forward a port first: kubectl -n istio-system port-forward service/prometheus 9090",
  "The adapter's flags mean the same here, so you can copy them from its Deployment.",
];

const EXIT_CODES = [
  "0  no reason found",
  "1  a reason found",
  "2  the command line is wrong, or the HPA cannot be read",
];

/** @param flags Gets each flag of the adapter that is given, as `--name=value`. */
function explainCommand(flags: string[]) {
  const command = createCommand("explain", DESCRIPTION, EXIT_CODES)
    .argument("<hpa>", "the HPA, as NAMESPACE/NAME, or as NAME with --namespace")
    .option("-n, --namespace <NAME>", "namespace of the HPA")
    .addOption(
      new Option("-o, --output <FORMAT>", "json has all facts and all reasons, the most likely first")
        .choices(["text", "json"] as const)
        .default("text" as const),
    );
  const shown: readonly ServerFlag[] = [
    { name: "kubeconfig", value: "FILE", help: "the cluster (default: the default kubeconfig)" },
    ...SHARED_FLAGS,
    ...RULE_FLAGS,
  ];
  const isShown = (name: string) => shown.some((flag) => flag.name === name);
  const hidden = [...WITH_VALUE].filter((name) => !isShown(name)).map((name): ServerFlag => ({ name, help: "" }));
  for (const { name, value = "VALUE", help } of [...shown, ...hidden]) {
    const short = name.length === 1 ? `-${name}, ` : "";
    const option = new Option(`${short}--${name} <${value}>`, help).hideHelp(!isShown(name));
    command.addOption(option.argParser((text: string) => void flags.push(`--${name}=${text}`)));
  }
  return command;
}

interface ExplainOptions {
  readonly namespace?: string;
  readonly output: ExplainArgs["output"];
}

/**
 * Parses the command line. Returns the text to print for --help and --version.
 * @throws ExplainError
 * @throws FlagError for an invalid flag of the adapter.
 */
export function readExplainArgs(argv: readonly string[]): ExplainArgs | string {
  const flags: string[] = [];
  const command = explainCommand(flags);
  // A switch of the server says nothing about one HPA, and commander does not read Go's `--switch=false`. The one that says
  // which APIs rules serve is passed on.
  const switchOf = (word: string) => /^--([^=]+)/.exec(word)?.[1] ?? "";
  const words = argv.filter((word) => !SWITCHES.has(switchOf(word)));
  flags.push(...argv.filter((word) => switchOf(word) === "prometheus-adapter-rules-for-both"));
  const text = parseCommand(command, words, (message, remedy) => new ExplainError(message, remedy));
  if (text !== undefined) return text;
  const { namespace, output } = command.opts<ExplainOptions>();
  return { ...subjectOf(command.args[0] ?? "", namespace), output, flags: parseFlags(flags) };
}

function subjectOf(subject: string, given: string | undefined): { namespace: string; name: string } {
  const parts = subject.split("/");
  const [namespace, name] = parts.length === 1 ? [given, parts[0]] : parts;
  if (parts.length > 2 || !namespace || !name)
    throw new ExplainError(
      `"${subject}" does not name an HPA`,
      "Write NAMESPACE/NAME, or NAME with --namespace=NAMESPACE",
    );
  if (given !== undefined && given !== namespace)
    throw new ExplainError(`"${subject}" and --namespace=${given} name two namespaces`, "Give one of them");
  return { namespace, name };
}

/** The input of `explain` is invalid, or the HPA cannot be read. The exit code is 2. */
export class ExplainError extends ProblemError {
  constructor(message: string, remedy: string) {
    super(problem("ASM_EXPLAIN_INPUT", message, { remedy }));
  }
}
