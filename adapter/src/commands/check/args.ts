import { parseArgs } from "node:util";
import { ProblemError, problem } from "hpa-metrics";
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
  /** Files to read. `-` is standard input. */
  readonly files: readonly string[];
  readonly help: boolean;
}

export const USAGE = `asm-metrics-adapter check [flags] [file… | -]

Says which HPAs behave differently with this adapter, and prints them so that they do the same. Reads the HPAs and
ScaledObjects of a cluster, or files: HPAs, KEDA ScaledObjects, and the ConfigMap or configuration of prometheus-adapter,
whose external rules are put into the HPAs that use them. Changes nothing.

  --kubeconfig=FILE         reads the cluster of FILE, beside any files; without files the default kubeconfig's
  --namespace=NAME          only this namespace of the cluster
  --output=text|json|typescript
                            default text; typescript prints the TrafficAutoscaler of each HPA, for a Pulumi program
  --reference=NAME          what the HPAs were written for: kube-metrics-adapter (default), or guide-2020, the chart of
                            the ASM guide
  --prometheus-server=URL   this adapter's own server; KEDA triggers that ask it need not name it

Exit code: 0 nothing differs, 1 something does, 2 the input cannot be read.
`;

/**
 * Parses the command line of `check`.
 * @throws CheckError
 */
export function readCheckArgs(argv: readonly string[]): CheckArgs {
  const text = { type: "string" } as const;
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: {
        kubeconfig: text,
        namespace: text,
        output: text,
        reference: text,
        "prometheus-server": text,
        help: { type: "boolean", short: "h" },
      },
      allowPositionals: true,
    });
    return {
      cluster: values.kubeconfig !== undefined || positionals.length === 0,
      kubeconfig: values.kubeconfig,
      namespace: values.namespace,
      output: oneOf("output", values.output ?? "text", ["text", "json", "typescript"]),
      reference: oneOf("reference", values.reference ?? "kube-metrics-adapter", ["kube-metrics-adapter", "guide-2020"]),
      prometheusServer: values["prometheus-server"],
      files: positionals,
      help: values.help ?? false,
    };
  } catch (error) {
    if (error instanceof CheckError) throw error;
    throw new CheckError(
      error instanceof Error ? error.message : String(error),
      "See asm-metrics-adapter check --help",
    );
  }
}

function oneOf<T extends string>(flag: string, value: string, known: readonly T[]): T {
  const found = known.find((candidate) => candidate === value);
  if (found === undefined)
    throw new CheckError(`--${flag}=${value} is not one of ${known.join(", ")}`, "Choose one of them");
  return found;
}

/** The input of `check` cannot be read. The exit code is 2. */
export class CheckError extends ProblemError {
  constructor(message: string, remedy: string) {
    super(problem("ASM_CHECK_INPUT", message, { remedy }));
  }
}
