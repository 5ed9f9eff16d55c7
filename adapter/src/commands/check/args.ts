import { type HasOwnDialect, ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { Option } from "commander";
import type { Routed } from "../../delegates/routing.ts";
import { delegateFlags } from "../../flags/delegateFlags.ts";
import { collect, createCommand, parseCommand } from "../parseCommand.ts";
import type { Reference } from "./report.ts";

/** The parsed command line of `check`. */
export interface CheckArgs {
  /** Whether to read the cluster. This is the case with --kubeconfig, or when no file is given. */
  readonly cluster: boolean;
  readonly kubeconfig: string | undefined;
  readonly namespace: string | undefined;
  readonly output: "text" | "json" | "typescript";
  readonly reference: Reference;
  /** The adapter's default Prometheus server. A KEDA trigger on this server needs no alias. */
  readonly prometheusServer: string | undefined;
  /** Whether a server of the adapter has a query dialect of its own. */
  readonly hasOwnDialect: HasOwnDialect;
  /** The adapter's delegates. */
  readonly delegates: readonly Routed[];
  /** Whether external rules of prometheus-adapter become annotations. Otherwise the adapter serves them as they are. */
  readonly translatesRules: boolean;
  /** Whether the adapter serves `Object` metrics as they are. Otherwise they become `External` metrics. */
  readonly servesObjects: boolean;
  /** Files to read. `-` is standard input. */
  readonly files: readonly string[];
}

const DESCRIPTION = [
  "Finds the HPAs that behave differently with this adapter, and prints them so that they behave the same. Changes nothing.",
  "Reads the HPAs and ScaledObjects of the cluster, or files: HPAs, KEDA ScaledObjects, and the ConfigMap, configuration or Helm values of prometheus-adapter or ack-alibaba-cloud-metrics-adapter, whose rules this adapter serves as they are with --prometheus-adapter-config.",
];

const EXIT_CODES = [
  "0  everything was understood, and nothing differs",
  "1  something differs, is not known or, in TypeScript, is left out",
  "2  the command line is wrong, or a part of the input cannot be read",
];

const DIALECTS = ["promql", "server"] as const;

function checkCommand() {
  return createCommand("check", DESCRIPTION, EXIT_CODES)
    .argument("[file...]", "files to read; - is standard input. Without files, the cluster is read")
    .option("-f, --filename <FILE>", "the same as an argument, as in kubectl; repeatable", collect)
    .option("--kubeconfig <FILE>", "read the cluster of FILE, also with files (default: the default kubeconfig)")
    .option("-n, --namespace <NAME>", "read only this namespace of the cluster")
    .addOption(
      new Option("-o, --output <FORMAT>", "typescript prints the TrafficAutoscaler of each HPA, for a Pulumi program")
        .choices(["text", "json", "typescript"] as const)
        .default("text" as const),
    )
    .addOption(
      new Option("--reference <NAME>", "what the HPAs were written for; guide-2020 is the chart of the ASM guide")
        .choices(["kube-metrics-adapter", "guide-2020"] as const)
        .default("kube-metrics-adapter" as const),
    )
    .option(
      "--translate-rules",
      "write the external rules of prometheus-adapter into the HPAs that use them; TypeScript always has them so",
    )
    .option(
      "--custom-metrics",
      "this adapter runs with this flag, so Object metrics with a query on Prometheus stay as they are; TypeScript never has them",
    )
    .option("--prometheus-server <URL>", "this adapter's default server, which KEDA triggers on it need not name")
    .addOption(
      new Option("--prometheus-dialect <DIALECT>", "the query language of this adapter's default server")
        .choices(DIALECTS)
        .default("promql" as const),
    )
    .option("--additional-prometheus-dialect <NAME=DIALECT>", "the same for the server NAME; repeatable", collect)
    .option(
      "--delegate <NAME[,KEY=VALUE…]>",
      "an adapter whose metrics are served through this one, such as keda; repeatable",
      collect,
    );
}

interface CheckOptions {
  readonly filename?: readonly string[];
  readonly kubeconfig?: string;
  readonly namespace?: string;
  readonly output: CheckArgs["output"];
  readonly reference: Reference;
  readonly prometheusServer?: string;
  readonly prometheusDialect: (typeof DIALECTS)[number];
  readonly additionalPrometheusDialect?: readonly string[];
  readonly delegate?: readonly string[];
  readonly translateRules?: boolean;
  readonly customMetrics?: boolean;
}

/**
 * Parses the command line of `check`. Returns the text to print for --help and --version.
 * @throws CheckError
 */
export function readCheckArgs(argv: readonly string[]): CheckArgs | string {
  const command = checkCommand();
  const text = parseCommand(command, argv, (message, remedy) => new CheckError(message, remedy));
  if (text !== undefined) return text;
  const options = command.opts<CheckOptions>();
  const { filename = [], kubeconfig, namespace, output, reference, prometheusServer } = options;
  const files = [...command.args, ...filename];
  const cluster = kubeconfig !== undefined || files.length === 0;
  if (namespace !== undefined && !cluster)
    throw new CheckError(
      "--namespace selects a namespace of the cluster, but only files are read",
      "Remove it, or add --kubeconfig to read the cluster too",
    );
  const hasOwnDialect = dialectsOf(options);
  const delegates = delegatesOf(options);
  // A TrafficAutoscaler has queries, and no metrics of rules.
  const translatesRules = options.translateRules === true || output === "typescript";
  const servesObjects = options.customMetrics === true && output !== "typescript";
  return {
    ...{ cluster, kubeconfig, namespace, output, reference, prometheusServer },
    ...{ hasOwnDialect, delegates, translatesRules, servesObjects, files },
  };
}

function delegatesOf({ delegate = [] }: CheckOptions): readonly Routed[] {
  const mistakes: string[] = [];
  const delegates = delegateFlags(delegate, mistakes);
  const [mistake] = mistakes;
  if (mistake !== undefined) throw new CheckError(mistake, "Copy the flag from the adapter's Deployment");
  return delegates;
}

/** Reads the dialects as the adapter does: values of `NAME=DIALECT` can be separated by commas. */
function dialectsOf({ prometheusDialect, additionalPrometheusDialect = [] }: CheckOptions): HasOwnDialect {
  const pairs = additionalPrometheusDialect.flatMap((value) => value.split(","));
  const aliases = new Set<string>();
  for (const pair of pairs) {
    const [, name = "", dialect] = /^([^=]+)=(promql|server)$/.exec(pair) ?? [];
    if (dialect === undefined)
      throw new CheckError(
        `--additional-prometheus-dialect=${pair} is not a server and its dialect`,
        "Write NAME=promql or NAME=server",
      );
    if (dialect === "server") aliases.add(name);
  }
  return (server) =>
    server.kind === "alias" ? aliases.has(server.alias) : server.kind === "default" && prometheusDialect === "server";
}

/** The input of `check` cannot be read. The exit code is 2. */
export class CheckError extends ProblemError {
  constructor(message: string, remedy: string) {
    super(problem("ASM_CHECK_INPUT", message, { remedy }));
  }
}
