import { nearest, problem, problemLine, readHpa } from "@asm-autoscaler/hpa-metrics";
import { FlagError } from "../../flags/flags.ts";
import { hasOwnDialect } from "../../flags/prometheusServers.ts";
import { hpaOf, parseHpa } from "../../hpas/hpa.ts";
import { connectKubernetes, type Kubernetes, KubernetesError, reason } from "../../kubernetes/client.ts";
import { listPages } from "../../kubernetes/listWatch.ts";
import { connectServers } from "../../prometheus/prometheus.ts";
import { type CommandOutput, OWN_OUTPUT } from "../parseCommand.ts";
import { type ExplainArgs, ExplainError, readExplainArgs } from "./args.ts";
import { followChain, type Sources } from "./chain.ts";
import { asJson, asText } from "./print.ts";
import { reasonsOf } from "./reasons.ts";

/** The exit codes of `explain`. */
const FINE = 0;
const WRONG = 1;
const BAD_INPUT = 2;

/** Maximum number of HPAs to list when no name is similar. */
const MOST_TOLD = 5;
/** Maximum number of names to search for a similar one. */
const MOST_NAMES = 500;

/**
 * Runs `explain`, which changes nothing. Returns the exit code: 0 nothing prevents the HPA from
 * scaling, 1 something does, 2 the HPA cannot be read.
 */
export async function explain(argv: readonly string[], streams: CommandOutput = OWN_OUTPUT): Promise<number> {
  try {
    const args = readExplainArgs(argv);
    if (typeof args === "string") {
      streams.out(args);
      return FINE;
    }
    return await run(args, streams);
  } catch (error) {
    if (!(error instanceof ExplainError) && !(error instanceof FlagError)) throw error;
    streams.error(`${error.message}\n`);
    return BAD_INPUT;
  }
}

async function run({ namespace, name, output, flags }: ExplainArgs, streams: CommandOutput): Promise<number> {
  const kubernetes = connect(flags.kubeconfig);
  const read = readHpa(await getHpa(kubernetes, namespace, name));
  const hpa = hpaOf(read);
  if (!hpa) throw new ExplainError("the API server sent an HPA without a name", "Try again");
  const prometheus = connectServers(flags, {
    onCredentialTrouble: (sentence) => streams.error(`${problemLine(problem("ASM_HTTP_CONFIG", sentence))}\n`),
    onSkew: (sentence) => streams.error(`${problemLine(problem("ASM_CLOCK_SKEW", sentence))}\n`),
  });
  try {
    const sources: Sources = {
      ...{ kubernetes, prometheus, rules: flags, delegates: flags.delegates, now: () => Date.now() },
      hasOwnDialect: (server) => hasOwnDialect(flags, server),
    };
    const facts = await followChain(hpa, read, sources);
    const reasons = reasonsOf(facts);
    streams.out(output === "json" ? asJson(facts, reasons) : asText(facts, reasons));
    return reasons[0]?.wrong ? WRONG : FINE;
  } finally {
    await prometheus.close();
  }
}

function connect(kubeconfig: string | undefined): Kubernetes {
  try {
    return connectKubernetes(kubeconfig);
  } catch (error) {
    const from = kubeconfig === undefined ? "the default kubeconfig" : `the kubeconfig ${kubeconfig}`;
    throw new ExplainError(`${from} cannot be used: ${reason(error)}`, "Give a readable file by --kubeconfig");
  }
}

async function getHpa(kubernetes: Kubernetes, namespace: string, name: string): Promise<unknown> {
  const all = `/apis/autoscaling/v2/namespaces/${encodeURIComponent(namespace)}/horizontalpodautoscalers`;
  try {
    return await kubernetes.call("GET", `${all}/${encodeURIComponent(name)}`);
  } catch (error) {
    const remedy = "Give a kubeconfig whose user may get horizontalpodautoscalers in that namespace";
    if (!(error instanceof KubernetesError) || error.status !== 404)
      throw new ExplainError(`the HPA ${namespace}/${name} cannot be read: ${reason(error)}`, remedy);
    const names = await namesIn(kubernetes, all);
    const near = nearest(name, names);
    const there = near === undefined ? names.slice(0, MOST_TOLD) : [near];
    throw new ExplainError(
      `there is no HPA ${namespace}/${name}`,
      there.length === 0 ? "Correct the namespace: it has no HPA" : `Correct the name: there is ${there.join(", ")}`,
    );
  }
}

async function namesIn(kubernetes: Kubernetes, path: string): Promise<string[]> {
  const names: string[] = [];
  const onObject = (object: unknown) => names.push(...(parseHpa(object)?.id.split("/").slice(1) ?? [])) < MOST_NAMES;
  await listPages(kubernetes, path, {}, onObject).catch(() => undefined);
  return names;
}
