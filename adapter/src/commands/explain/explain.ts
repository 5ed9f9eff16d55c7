import { problem, problemLine, readHpa } from "@asm-autoscaler/hpa-metrics";
import { within } from "../../clock.ts";
import { connectRules } from "../../connectRules.ts";
import { FlagError } from "../../flags/flags.ts";
import { hasOwnDialect } from "../../flags/prometheusServers.ts";
import { hpaOf } from "../../hpas/hpa.ts";
import { connectKubernetes, type Kubernetes, reason } from "../../kubernetes/client.ts";
import { connectServers, type Prometheus } from "../../prometheus/prometheus.ts";
import type { Rules } from "../../rules/rules.ts";
import { type CommandOutput, OWN_OUTPUT } from "../parseCommand.ts";
import { type ExplainArgs, ExplainError, readExplainArgs } from "./args.ts";
import { followChain, type Sources } from "./chain.ts";
import { readHpaObject } from "./hpaObject.ts";
import { asJson, asText } from "./print.ts";
import { reasonsOf } from "./reasons.ts";

/** The exit codes of `explain`. */
const FINE = 0;
const WRONG = 1;
const BAD_INPUT = 2;

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
  const read = readHpa(await readHpaObject(kubernetes, namespace, name));
  const hpa = hpaOf(read);
  if (!hpa) throw new ExplainError("the API server sent an HPA without a name", "Try again");
  const prometheus = connectServers(flags, {
    onCredentialTrouble: (sentence) => streams.error(`${problemLine(problem("ASM_HTTP_CONFIG", sentence))}\n`),
    onSkew: (sentence) => streams.error(`${problemLine(problem("ASM_CLOCK_SKEW", sentence))}\n`),
  });
  const stop = new AbortController();
  try {
    const sources: Sources = {
      fileRules: await startRules(flags, { kubernetes, prometheus }, stop.signal),
      ...{ kubernetes, prometheus, rules: flags, delegates: flags.delegates, now: () => Date.now() },
      hasOwnDialect: (server) => hasOwnDialect(flags, server),
    };
    const facts = await followChain(hpa, read, sources);
    const reasons = reasonsOf(facts);
    streams.out(output === "json" ? asJson(facts, reasons) : asText(facts, reasons));
    return reasons[0]?.wrong ? WRONG : FINE;
  } finally {
    stop.abort();
    await prometheus.close();
  }
}

/** How long the series of the rules are waited for, in ms. */
const LISTED_MS = 20_000;

/** Reads the rules as the adapter does, and lists their series. Undefined without the flag. */
async function startRules(
  flags: ExplainArgs["flags"],
  connections: { readonly kubernetes: Kubernetes; readonly prometheus: Prometheus },
  signal: AbortSignal,
): Promise<Rules | undefined> {
  const clock = { monotonic: () => performance.now(), wall: () => Date.now() };
  const nothing = () => undefined;
  // What is wrong is among the facts.
  const log = { info: nothing, warn: nothing, error: nothing };
  const hpas = { askedOfRule: nothing, troubled: nothing, well: nothing };
  const rules = connectRules(flags, { ...connections, clock, log, hpas });
  if (!rules) return undefined;
  rules.run(signal).catch(nothing);
  await within(rules.listed, LISTED_MS);
  return rules;
}

function connect(kubeconfig: string | undefined): Kubernetes {
  try {
    return connectKubernetes(kubeconfig);
  } catch (error) {
    const from = kubeconfig === undefined ? "the default kubeconfig" : `the kubeconfig ${kubeconfig}`;
    throw new ExplainError(`${from} cannot be used: ${reason(error)}`, "Give a readable file by --kubeconfig");
  }
}
