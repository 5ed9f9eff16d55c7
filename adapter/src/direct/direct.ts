import {
  counted,
  type DirectPlan,
  type DirectSpec,
  oneLine,
  type Problem,
  type ProblemCode,
  problem,
  type ScaleTarget,
} from "@asm-autoscaler/hpa-metrics";
import type { Clock } from "../clock.ts";
import type { GatewayFlags } from "../flags/gatewayFlags.ts";
import type { Kubernetes } from "../kubernetes/client.ts";
import { pause } from "../kubernetes/pause.ts";
import { type Callers, domainOf, onlyCallers, readCallers } from "./callers.ts";
import type { Estimate } from "./estimate.ts";
import { createNamespaceLimits } from "./namespaceLimits.ts";
import { connectProxy, type ScrapeFailure, type WantedSeries } from "./scrape.ts";
import { type PodEvents, watchPods, watchSelected } from "./targets.ts";
import { createWorkload, type UnreadPod, type Workload } from "./workload.ts";

/** The value of a metric as the proxies of its workload counted it, or the problem. */
export type DirectReading =
  | {
      readonly ok: true;
      readonly value: number;
      readonly noise: number;
      /** Age of the oldest data, in ms. */
      readonly ageMs: number;
      readonly pods: number;
      readonly read: number;
      /**
       * Why the value may be too low: not all callers of the workload are read. Then it may make the workload larger,
       * and not smaller.
       */
      readonly tooLow?: Problem;
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
  /**
   * The gateways that are read for queries of callers and waypoints. Undefined: such queries are refused, because
   * namespaces may only see their own traffic.
   */
  readonly gateways: readonly GatewayFlags[] | undefined;
  /** Tests replace it. */
  readonly connect?: typeof connectProxy;
}

/** Maximum number of workloads: each has one watch. */
const MOST_WORKLOADS = 1_000;
/** A workload that is not read for this time is stopped, in ms. */
const IDLE_MS = 300_000;
const CHECK_MS = 30_000;
/** Waypoints and other gateways of the Gateway API. Istio sets the label on their pods. */
const WAYPOINTS = "gateway.networking.k8s.io/gateway-name";
/** Timeout of a scrape, in ms. It ends before the next scrape of the same proxy. */
const SCRAPE_MS = 1_500;
/** A list of pods that cannot be updated for longer may lack new pods, and is not used, in ms. */
const MOST_TROUBLE_MS = 15_000;
/** Problems that a workload has for some seconds after its first read, or at zero replicas. Nobody is told. */
export const QUIET: ReadonlySet<string> = new Set(["ASM_DIRECT_STARTING", "ASM_DIRECT_NO_PODS"]);

/** Creates the second source of readings. Nothing is watched or scraped before the first read. */
export function createDirect({ kubernetes, clock, gateways, connect = connectProxy }: DirectOptions): Direct {
  const workloads = new Map<string, { workload: Workload; stop: AbortController }>();
  const limits = createNamespaceLimits(clock.monotonic);
  const counts: DirectCounts = { scrapes: new Map(), bytes: 0 };
  const onScrape = (failure: ScrapeFailure | undefined, bytes: number) => {
    const result = failure ?? "ok";
    counts.scrapes.set(result, (counts.scrapes.get(result) ?? 0) + 1);
    counts.bytes += bytes;
  };

  /** The workload with this id. Starts it if it is new. Undefined if there are too many. */
  const found = (
    key: readonly string[],
    namespace: string,
    watch: (events: PodEvents, signal: AbortSignal) => Promise<void>,
    wanted: WantedSeries = { reporter: "destination" },
  ): Workload | undefined => {
    const id = JSON.stringify(key);
    const known = workloads.get(id)?.workload;
    if (known) return known;
    if (workloads.size >= MOST_WORKLOADS) return undefined;
    const stop = new AbortController();
    const workload = createWorkload({
      ...{ namespace, id, clock, limits, onScrape },
      connect: (address, port) => connect(address, port, SCRAPE_MS, wanted),
    });
    workloads.set(id, { workload, stop });
    void workload.run(stop.signal);
    void watch(workload, stop.signal);
    return workload;
  };
  const targetOf = (namespace: string, target: ScaleTarget) =>
    found([namespace, target.apiVersion, target.kind, target.name], namespace, (events, signal) =>
      watchPods(kubernetes, namespace, target, events, signal),
    );
  const selected = ({ namespace, selector }: GatewayFlags, wanted: WantedSeries) =>
    found(
      [namespace, selector, wanted.reporter, wanted.hostPart ?? ""],
      namespace,
      (events, signal) => watchSelected(kubernetes, namespace, selector, onlyCallers(events, selector === ""), signal),
      wanted,
    );

  /** The pods that report what the plan selects: of the workload's own namespace, and of the gateways. */
  const groupsOf = ({ reporter, destinationService }: DirectPlan, namespace: string): (Workload | undefined)[] => {
    const selector = reporter === "waypoint" ? WAYPOINTS : "";
    const hostPart = domainOf(destinationService);
    return [
      selected({ namespace, selector }, { reporter }),
      ...(gateways ?? []).map((one) => selected(one, { reporter, ...(hostPart ? { hostPart } : {}) })),
    ];
  };

  const ofCallers = (plan: DirectPlan, callers: Callers): DirectReading => {
    const result = readCallers(plan, callers, clock.monotonic());
    if (!result.ok) return result;
    const { at, ...reading } = result;
    return { ...reading, ageMs: clock.monotonic() - at };
  };

  return {
    counts,
    read({ plan, target }, namespace) {
      const name = `${target.kind} ${namespace}/${target.name}`;
      const refuse = (code: ProblemCode, message: string): DirectReading => ({
        ok: false,
        problem: problem(code, message),
      });
      if (plan.reporter !== "destination" && !gateways)
        return refuse(
          "ASM_DIRECT_REPORTER",
          `with --enforce-namespace-label, nothing but the pods of ${name} is read, and the query selects reporter="${plan.reporter}"`,
        );
      const own = targetOf(namespace, target);
      const groups = plan.reporter === "destination" ? [] : groupsOf(plan, namespace);
      if (!own || groups.includes(undefined))
        return refuse(
          "ASM_DIRECT_TARGET",
          `more than ${MOST_WORKLOADS} workloads are read directly, so ${name} is not`,
        );
      if (plan.reporter !== "destination") return ofCallers(plan, { groups: groups.filter(isFound), own, name });
      const result = own.read(plan);
      const trouble = own.trouble();
      if (trouble === "not-listed") return refuse("ASM_DIRECT_STARTING", `the pods of ${name} are being listed`);
      if (trouble && (trouble.sinceMs > MOST_TROUBLE_MS || !result.ok))
        return refuse("ASM_DIRECT_TARGET", `the pods of ${name} are not known: ${oneLine(trouble.sentence)}`);
      if (!result.ok) return { ok: false, problem: problemOf(result, name, own) };
      const { value, noise, at, pods, read } = result;
      return { ok: true, value, noise, ageMs: clock.monotonic() - at, pods, read };
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

function isFound(workload: Workload | undefined): workload is Workload {
  return workload !== undefined;
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
