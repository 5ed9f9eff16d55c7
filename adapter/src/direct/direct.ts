import {
  counted,
  type DirectSpec,
  oneLine,
  type Problem,
  type ProblemCode,
  problem,
  type ScaleTarget,
} from "@asm-autoscaler/hpa-metrics";
import type { Clock } from "../clock.ts";
import type { Kubernetes } from "../kubernetes/client.ts";
import { pause } from "../kubernetes/pause.ts";
import type { Estimate } from "./estimate.ts";
import { createNamespaceLimits } from "./namespaceLimits.ts";
import { connectProxy, type ScrapeFailure } from "./scrape.ts";
import { watchPods } from "./targets.ts";
import { createWorkload, type UnreadPod, type Workload } from "./workload.ts";

/** The value of a metric as the proxies of its workload counted it, or the problem. */
export type DirectReading =
  | {
      readonly ok: true;
      readonly value: number;
      readonly noise: number;
      /** Age of the oldest data, in ms. */
      readonly ageMs: number;
      /** Pods that serve, how many of them are scraped (by default all), and how many of these were read. */
      readonly pods: number;
      readonly sampled?: number;
      readonly read: number;
    }
  | { readonly ok: false; readonly problem: Problem };

interface DirectCounts {
  /** Scrapes by result: `ok`, `closed`, `answer` and `large`. */
  readonly scrapes: Map<string, number>;
  bytes: number;
}

/** Reads metrics from the sidecars of scaled workloads. */
export interface Direct {
  /**
   * Evaluates the metric's plan with what the proxies counted in the last seconds. The first read of a workload starts
   * the scrapes, and has no value until they cover a window. Returns at once.
   */
  read(spec: DirectSpec, namespace: string): DirectReading;
  /** Stops the workloads that nobody reads, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  readonly counts: DirectCounts;
}

export interface DirectOptions {
  readonly kubernetes: Kubernetes;
  readonly clock: Clock;
  /** Tests replace it. */
  readonly connect?: typeof connectProxy;
}

/** Maximum number of workloads: each has one watch. */
const MOST_WORKLOADS = 1_000;
/** A workload that is not read for this time is stopped, in ms. */
const IDLE_MS = 300_000;
const CHECK_MS = 30_000;
/** Timeout of a scrape, in ms. It ends before the next scrape of the same proxy. */
const SCRAPE_MS = 1_500;
/** A list of pods that cannot be updated for longer may lack new pods, and is not used, in ms. */
const MOST_TROUBLE_MS = 15_000;
/** Problems that a workload has for some seconds after its first read, or at zero replicas. Nobody is told. */
export const QUIET: ReadonlySet<string> = new Set(["ASM_DIRECT_STARTING", "ASM_DIRECT_NO_PODS"]);

/** Creates the second source of readings. Nothing is watched or scraped before the first read. */
export function createDirect({ kubernetes, clock, connect = connectProxy }: DirectOptions): Direct {
  const workloads = new Map<string, { workload: Workload; stop: AbortController }>();
  const limits = createNamespaceLimits(clock.monotonic);
  const counts: DirectCounts = { scrapes: new Map(), bytes: 0 };
  const onScrape = (failure: ScrapeFailure | undefined, bytes: number) => {
    const result = failure ?? "ok";
    counts.scrapes.set(result, (counts.scrapes.get(result) ?? 0) + 1);
    counts.bytes += bytes;
  };

  const start = (id: string, namespace: string, target: ScaleTarget): Workload => {
    const stop = new AbortController();
    const workload = createWorkload({
      ...{ namespace, id, clock, limits, onScrape },
      connect: (address, port) => connect(address, port, SCRAPE_MS),
    });
    workloads.set(id, { workload, stop });
    void workload.run(stop.signal);
    void watchPods(kubernetes, namespace, target, workload, stop.signal);
    return workload;
  };

  return {
    counts,
    read({ plan, target }, namespace) {
      const name = `${target.kind} ${namespace}/${target.name}`;
      const refuse = (code: ProblemCode, message: string): DirectReading => ({
        ok: false,
        problem: problem(code, message),
      });
      if (plan.reporter !== "destination")
        return refuse(
          "ASM_DIRECT_REPORTER",
          `the query selects reporter="${plan.reporter}", and the pods of ${name} report their own traffic as "destination"`,
        );
      const id = JSON.stringify([namespace, target.apiVersion, target.kind, target.name]);
      const known = workloads.get(id)?.workload;
      if (!known && workloads.size >= MOST_WORKLOADS)
        return refuse(
          "ASM_DIRECT_TARGET",
          `more than ${MOST_WORKLOADS} workloads are read directly, so ${name} is not`,
        );
      const workload = known ?? start(id, namespace, target);
      const result = workload.read(plan);
      const trouble = workload.trouble();
      if (trouble === "not-listed") return refuse("ASM_DIRECT_STARTING", `the pods of ${name} are being listed`);
      if (trouble && (trouble.sinceMs > MOST_TROUBLE_MS || !result.ok))
        return refuse("ASM_DIRECT_TARGET", `the pods of ${name} are not known: ${oneLine(trouble.sentence)}`);
      if (!result.ok) return { ok: false, problem: problemOf(result, name, workload) };
      const { value, noise, at, pods, sampled, read } = result;
      return { ok: true, value, noise, ageMs: clock.monotonic() - at, pods, sampled, read };
    },
    async run(signal) {
      while (!signal.aborted) {
        await pause(CHECK_MS, signal);
        for (const [id, { workload, stop }] of workloads) {
          if (!signal.aborted && workload.idleMs() <= IDLE_MS) continue;
          stop.abort();
          workloads.delete(id);
        }
      }
    },
  };
}

const OF_FAILURE: Readonly<Record<UnreadPod["failure"], ProblemCode>> = {
  closed: "ASM_DIRECT_CLOSED",
  answer: "ASM_DIRECT_ANSWER",
  large: "ASM_DIRECT_LARGE",
  "no-sidecar": "ASM_DIRECT_NO_SIDECAR",
  busy: "ASM_DIRECT_LARGE",
};

function problemOf({ why, pods, read }: Estimate & { ok: false }, name: string, workload: Workload): Problem {
  const unread = workload.unread();
  switch (why) {
    case "no-pods":
      return problem("ASM_DIRECT_NO_PODS", `${name} has no pod that is ready`);
    case "starting":
      return problem("ASM_DIRECT_STARTING", `the proxies of ${name} are read for less than the window of the query`);
    case "no-flush":
      return problem("ASM_DIRECT_FLUSH", `the proxies of ${name} update their histograms less often than every 5 s`);
    case "no-match":
      return problem(
        "ASM_DIRECT_LABELS",
        `the proxies of ${name} have the metric, but no series with the query's labels`,
      );
    case "no-series":
      return workload.unlabelledLines() > 0
        ? problem("ASM_DIRECT_LABELS", `the series of the proxies of ${name} have no label reporter`)
        : problem(
            "ASM_DIRECT_NO_SERIES",
            `none of the ${counted(pods, "proxy").replace("proxys", "proxies")} of ${name} has counted a request yet`,
          );
    case "large":
      return problem("ASM_DIRECT_LARGE", `the proxies of ${name} have too many series`);
    case "not-additive":
      return problem(
        "ASM_DIRECT_PODS",
        `${pods - read} of ${counted(pods, "pod")} of ${name} are not read, and the query is not a sum that can be made up for`,
      );
    case "missing": {
      const [first] = unread;
      const failures = new Set(unread.map(({ failure }) => OF_FAILURE[failure]));
      const [only] = failures;
      const code = only !== undefined && failures.size === 1 ? only : "ASM_DIRECT_PODS";
      const example = first ? `, such as ${first.name}: ${oneLine(first.sentence, 200)}` : "";
      return problem(code, `${pods - read} of ${counted(pods, "pod")} of ${name} cannot be read${example}`);
    }
  }
}
