import { type Problem, type ProblemCode, problem } from "@asm-autoscaler/hpa-metrics";
import type { Clock } from "../clock.ts";
import type { DelegateFlags } from "../flags/delegateFlags.ts";
import { type Kubernetes, problemOf, reason } from "../kubernetes/client.ts";
import { pause } from "../kubernetes/pause.ts";
import { createCircuit } from "./circuit.ts";
import { type Connection, type Endpoint, MOST_CONNECTIONS, type Trust } from "./connection.ts";
import type { DelegateToken } from "./delegateToken.ts";
import { readTrust } from "./delegateTrust.ts";
import { createDiscoveryList, type DiscoveryList } from "./discoveryList.ts";
import { type Forwarded, forward, headersFor, titleOf, wasForwardedTo } from "./forward.ts";
import type { Routed } from "./routing.ts";

/** A neighbouring adapter whose metrics are served through this one. */
export interface Delegate extends Routed {
  readonly list: Pick<DiscoveryList, "has" | "names" | "isRead">;
  /** Forwards a read. `target` is the raw request target. Never rejects. */
  read(target: string, via: string | undefined): Promise<Forwarded>;
  /** Reads the discovery list soon, because a name that nobody claims was read. */
  refresh(): void;
  state(): DelegateState;
  /** Resolves when the discovery list was read once, successfully or not. */
  readonly listed: Promise<void>;
  /** Keeps the CA and the discovery list up to date until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** The state of a delegate, for metrics and the status page. */
export interface DelegateState {
  readonly name: string;
  /** `namespace/name:port`. */
  readonly service: string;
  readonly circuit: "closed" | "open" | "half-open";
  readonly isVerified: boolean;
  /** Number of metric names in its discovery list, and when the list was last read, in Unix ms. */
  readonly metrics: number;
  readonly listReadAt: number | undefined;
  /** Why its CA or its list cannot be read now. */
  readonly problems: readonly Problem[];
  /** The last problem of a read and when it occurred, in Unix ms. */
  readonly lastProblem: { readonly problem: Problem; readonly at: number } | undefined;
  /** Reads since the start, by HTTP status of the answer or by the code of the problem. */
  readonly reads: ReadonlyMap<string, number>;
  /** Sum of the durations of these reads, in seconds. */
  readonly seconds: number;
}

/**
 * How long a read waits for the trial of another read, in milliseconds. A neighbour that hangs must not occupy more than
 * one of the HPA controller's workers for longer.
 */
const TRIAL_MS = 1_000;
/** How long a read, and the reading of the discovery list, waits for the token of the delegates, in milliseconds. */
const TOKEN_MS = 1_000;
const LIST_TOKEN_MS = 10_000;
/** Time between two reads of the CA and the discovery list, and the shortest time between two, in milliseconds. */
const PERIOD_MS = 30_000;
const LEAST_MS = 5_000;

export interface DelegateDependencies {
  readonly kubernetes: Pick<Kubernetes, "call">;
  /** The token that every delegate gets. */
  readonly token: DelegateToken;
  readonly clock: Clock;
  connect(endpoint: Endpoint): Connection;
  /** Called when a background task fails for a new reason. */
  onProblem(problem: Problem): void;
}

/** Creates a delegate. It forwards reads as soon as `run` has read its CA. */
export function createDelegate(
  flags: DelegateFlags,
  { kubernetes, token, clock, connect, onProblem }: DelegateDependencies,
): Delegate {
  const { name, service, selectorKey, metrics } = flags;
  const where = `${service.namespace}/${service.name}:${service.port}`;
  const host = `${service.name}.${service.namespace}.svc`;
  const connection = connect({ host, port: service.port, serverName: host });
  const circuit = createCircuit(clock.monotonic, TRIAL_MS);
  const list = createDiscoveryList(clock.wall);
  const reads = new Map<string, number>();
  let [seconds, underWay] = [0, 0];
  let trust: Trust | undefined;
  let lastProblem: DelegateState["lastProblem"];
  let lastFailure = "";
  let wake = new AbortController();
  const listed = Promise.withResolvers<void>();
  const reported = new Map<string, Problem>();

  /** Reports a problem of the background tasks once per reason. */
  const report = (code: ProblemCode, found: Problem | undefined) => {
    if (found && reported.get(code)?.message !== found.message) onProblem(found);
    if (found) reported.set(code, found);
    else reported.delete(code);
  };

  const flaw = (code: ProblemCode, why: string) => problem(code, `delegate "${name}" (${where}): ${why}`);

  const refreshTrust = async () => {
    try {
      const next = await readTrust(flags.ca, service, kubernetes);
      report("ASM_DELEGATE_CA", undefined);
      if (next.ca === trust?.ca && trust) return;
      trust = next;
      connection.trust(next);
    } catch (error) {
      const why = `its certificate authority cannot be read: ${reason(error)}`;
      report("ASM_DELEGATE_CA", flaw("ASM_DELEGATE_CA", why));
    }
  };

  const count = (result: Forwarded, beganMs: number) => {
    const outcome = result.ok ? `${result.answer.code}` : result.problem.code;
    reads.set(outcome, (reads.get(outcome) ?? 0) + 1);
    seconds += (clock.monotonic() - beganMs) / 1000;
    if (!result.ok) lastProblem = { problem: result.problem, at: clock.wall() };
    return result;
  };

  const refuse = (
    code: "ASM_DELEGATE_LOOP" | "ASM_DELEGATE_BUSY" | "ASM_DELEGATE_UNREACHABLE",
    why: string,
  ): Forwarded => ({
    ok: false,
    problem: problem(code, `${titleOf(flags)} ${why}`),
    down: false,
  });

  const refreshList = async () => {
    try {
      const given = await token.get(LIST_TOKEN_MS);
      report("ASM_DELEGATE_TOKEN", undefined);
      if (!trust) return;
      if ((await list.read(connection, headersFor(name, given, undefined))) === 401) token.rejected(given);
      const failure = list.failure();
      report(
        "ASM_DELEGATE_DISCOVERY",
        failure === undefined ? undefined : flaw("ASM_DELEGATE_DISCOVERY", `its metrics cannot be listed: ${failure}`),
      );
    } catch (error) {
      report("ASM_DELEGATE_TOKEN", problemOf(error, "ASM_DELEGATE_TOKEN"));
    }
  };

  const send = async (target: string, given: string, via: string | undefined): Promise<Forwarded> => {
    const result = await forward(flags, connection, target, headersFor(name, given, via));
    if (result.ok && result.answer.code === 401) token.rejected(given);
    if (!result.ok && result.down) {
      lastFailure = result.problem.message;
      // The CA may have been replaced.
      wake.abort();
    }
    return result;
  };

  return {
    ...{ name, list, metrics },
    ...(selectorKey === undefined ? {} : { selectorKey }),
    async read(target, via) {
      const beganMs = clock.monotonic();
      if (wasForwardedTo(name, via))
        return count(
          refuse("ASM_DELEGATE_LOOP", "sent this read back to the adapter, which does not forward it again"),
          beganMs,
        );
      if (underWay >= MOST_CONNECTIONS)
        return count(refuse("ASM_DELEGATE_BUSY", `already has ${MOST_CONNECTIONS} reads under way`), beganMs);
      underWay++;
      try {
        const given = await token.get(TOKEN_MS);
        const result = await circuit.run(
          () => send(target, given, via),
          (given) => !given.ok && given.down,
        );
        if (result !== "open") return count(result, beganMs);
        const why = `has not answered its last reads and is tried again in a few seconds: ${lastFailure}`;
        return count(refuse("ASM_DELEGATE_UNREACHABLE", why), beganMs);
      } catch (error) {
        return count({ ok: false, problem: problemOf(error, "ASM_DELEGATE_TOKEN"), down: false }, beganMs);
      } finally {
        underWay--;
      }
    },
    refresh: () => wake.abort(),
    listed: listed.promise,
    state: () => ({
      ...{ name, service: where, circuit: circuit.state(), isVerified: flags.ca.from !== "nowhere" },
      ...{ metrics: list.names().length, listReadAt: list.readAt() },
      ...{ problems: [...reported.values()], lastProblem, reads, seconds },
    }),
    async run(signal) {
      if (flags.ca.from === "nowhere")
        onProblem(
          problem("ASM_DELEGATE_INSECURE", `the certificate of the delegate "${name}" (${where}) is not verified`),
        );
      signal.addEventListener("abort", () => wake.abort(), { once: true });
      while (!signal.aborted) {
        await refreshTrust();
        await refreshList();
        listed.resolve();
        await pause(LEAST_MS, signal);
        await pause(PERIOD_MS - LEAST_MS, wake.signal);
        wake = new AbortController();
      }
      await connection.close();
    },
  };
}
