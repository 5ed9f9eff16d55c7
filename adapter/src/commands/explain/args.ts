import { ProblemError, problem } from "hpa-metrics";
import { type Flags, parseFlags } from "../../flags.ts";

/** The parsed command line of `explain`. */
export interface ExplainArgs {
  readonly namespace: string;
  /** Name of the HPA. */
  readonly name: string;
  readonly output: "text" | "json";
  /** The adapter's own flags: Prometheus servers, their credentials and the tenant limits. */
  readonly flags: Flags;
}

export const USAGE = `asm-metrics-adapter explain NAMESPACE/HPA [flags]

Follows the one HPA from its annotations to its replicas and says why it does not scale. Changes nothing.

  --kubeconfig=FILE         the cluster; default the default kubeconfig. Its user needs get on the HPA, and on
                            external.metrics.k8s.io to see what is served
  --prometheus-server=URL   the Prometheus that the adapter asks, as it is reached from here. Without it nothing is
                            known of series. From a laptop:
                            kubectl -n istio-system port-forward service/prometheus 9090
  --output=text|json        default text

Further flags are the adapter's own and mean the same: other servers and their credentials, limits of tenants.

Exit code: 0 nothing keeps it from scaling, 1 something does, 2 the HPA cannot be read.
`;

/**
 * Parses the command line. Returns undefined for --help.
 * @throws ExplainError
 * @throws FlagError for an invalid flag of the adapter.
 */
export function readExplainArgs(argv: readonly string[]): ExplainArgs | undefined {
  if (argv.some((word) => word === "--help" || word === "-h")) return undefined;
  const isSubject = (word: string) => /^[^-/=][^/=]*\/[^/=]+$/.test(word);
  const [subject, ...more] = argv.filter(isSubject);
  const [namespace, name] = subject?.split("/") ?? [];
  if (!namespace || !name || more.length > 0)
    throw new ExplainError("exactly one HPA is required, as namespace/name", "See asm-metrics-adapter explain --help");
  const output = argv.flatMap((word) => (word.startsWith("--output=") ? [word.slice("--output=".length)] : []));
  const own = (word: string) => isSubject(word) || word.startsWith("--output=");
  return {
    namespace,
    name,
    output: outputOf(output.at(-1) ?? "text"),
    flags: parseFlags(argv.filter((word) => !own(word))),
  };
}

function outputOf(value: string): "text" | "json" {
  if (value === "text" || value === "json") return value;
  throw new ExplainError(`--output=${value} is not text or json`, "Choose one of them");
}

/** The input of `explain` is invalid, or the HPA cannot be read. The exit code is 2. */
export class ExplainError extends ProblemError {
  constructor(message: string, remedy: string) {
    super(problem("ASM_EXPLAIN_INPUT", message, { remedy }));
  }
}
