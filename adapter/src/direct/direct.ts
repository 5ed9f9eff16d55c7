import {
  type DirectPlan,
  type DirectSpec,
  oneLine,
  type ProblemCode,
  problem,
  type ScaleTarget,
} from "@asm-autoscaler/hpa-metrics";
import type { Clock } from "../clock.ts";
import type { GatewayFlags } from "../flags/gatewayFlags.ts";
import type { Kubernetes } from "../kubernetes/client.ts";
import { pause } from "../kubernetes/pause.ts";
import { onlyCallers, readCallers } from "./callers.ts";
import { connectProxy, type ScrapeFailure } from "./connection.ts";
import { estimateProblem } from "./estimateProblem.ts";
import { createNamespaceShare, type NamespaceShare } from "./namespaceShare.ts";
import type { DirectReading } from "./reading.ts";
import { domainOf, type WantedSeries } from "./selections.ts";
import { createProxyPool } from "./sharedProxy.ts";
import { type PodEvents, watchPods, watchSelected } from "./targets.ts";
import { MOST_TROUBLE_MS } from "./timing.ts";
import { createWorkload, type Workload } from "./workload.ts";

interface DirectCounts {
  /** Scrapes by result: `ok`, or a `ScrapeFailure`. */
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

/** Maximum number of workloads: each has one watch. If there are more, each namespace has about the same number. */
const MOST_WORKLOADS = 1_000;
/** A workload that is not read for this time is stopped, in ms. */
const IDLE_MS = 300_000;
const CHECK_MS = 30_000;
/** Waypoints and other gateways of the Gateway API. Istio sets the label on their pods. */
const WAYPOINTS = "gateway.networking.k8s.io/gateway-name";
/**
 * Problems that a workload has for some seconds after its first read, at zero replicas, or without traffic. Nobody is
 * told.
 */
export const QUIET: ReadonlySet<string> = new Set(["ASM_DIRECT_STARTING", "ASM_DIRECT_NO_PODS", "ASM_DIRECT_IDLE"]);

/** Creates the second source of readings. Nothing is watched or scraped before the first read. */
export function createDirect({ kubernetes, clock, gateways, connect = connectProxy }: DirectOptions): Direct {
  const workloads = new Map<string, Started>();
  const shares = new Map<string, Share>();
  const counts: DirectCounts = { scrapes: new Map(), bytes: 0 };
  const onScrape = (failure: ScrapeFailure | undefined, bytes: number) => {
    const result = failure ?? "ok";
    counts.scrapes.set(result, (counts.scrapes.get(result) ?? 0) + 1);
    counts.bytes += bytes;
  };

  const pool = createProxyPool({ clock, connect, onScrape });
  /** The share of a namespace, for one more user. */
  const use = (namespace: string): Share => {
    const own = shares.get(namespace) ?? { share: createNamespaceShare(clock.monotonic), users: 0, workloads: 0 };
    shares.set(namespace, own);
    own.users++;
    return own;
  };

  const start = (id: string, namespace: string, { pods, phaseOf = id, wanted, watch }: Group): Workload => {
    const stop = new AbortController();
    const own = use(namespace);
    own.workloads++;
    const workload = createWorkload({
      ...{ phaseOf, clock, pool, wanted, share: own.share, podShare: use(pods).share },
    });
    workloads.set(id, { workload, namespace, pods, stop });
    void workload.run(stop.signal);
    void watch(workload, stop.signal);
    return workload;
  };
  const end = (id: string, { namespace, pods, stop }: Started) => {
    stop.abort();
    workloads.delete(id);
    const own = shares.get(namespace);
    if (own) own.workloads--;
    for (const name of [namespace, pods]) {
      const share = shares.get(name);
      if (share && --share.users === 0) shares.delete(name);
    }
  };
  /** Ends the newest workload of the namespace with the most, if that has more than this one would have. */
  const makeRoom = (namespace: string): boolean => {
    if (workloads.size < MOST_WORKLOADS) return true;
    const [largest, most] = [...shares].reduce((a, b) => (b[1].workloads > a[1].workloads ? b : a));
    if (most.workloads <= (shares.get(namespace)?.workloads ?? 0) + 1) return false;
    const newest = [...workloads].findLast(([, one]) => one.namespace === largest);
    if (newest) end(...newest);
    return newest !== undefined;
  };

  /** The workload of this name. Starts it at the first read. Undefined if there are too many. */
  const found = (namespace: string, name: readonly string[], group: Group) => {
    const id = JSON.stringify([namespace, ...name]);
    const known = workloads.get(id)?.workload;
    return known ?? (makeRoom(namespace) ? start(id, namespace, group) : undefined);
  };
  const scaled = (namespace: string, target: ScaleTarget) =>
    found(namespace, [target.apiVersion, target.kind, target.name], {
      ...{ pods: namespace, wanted: { reporter: "destination" } },
      watch: (events, signal) => watchPods(kubernetes, namespace, target, events, signal),
    });
  /** Pods that send requests to the namespace, or pass them on. They count as a workload of this namespace. */
  const senders = (namespace: string, { namespace: pods, selector }: GatewayFlags, wanted: WantedSeries) =>
    found(namespace, [pods, selector, wanted.reporter, wanted.domain ?? "", wanted.namespace ?? ""], {
      ...{ pods, phaseOf: JSON.stringify([pods, selector]), wanted },
      watch: (events, signal) =>
        watchSelected(kubernetes, pods, selector, onlyCallers(events, selector === ""), signal),
    });
  /** The pods that report what the plan selects: of the workload's own namespace, and of the gateways. */
  const groupsOf = ({ reporter, destinationService, destinationNamespace }: DirectPlan, namespace: string) => {
    const domain = domainOf(destinationService);
    const ofNamespace = destinationNamespace === undefined ? {} : { namespace: destinationNamespace };
    const ofGateways = { reporter, ...(domain === undefined ? ofNamespace : { domain }) };
    const selector = reporter === "waypoint" ? WAYPOINTS : "";
    return [
      senders(namespace, { namespace, selector }, { reporter }),
      ...(gateways ?? []).map((one) => senders(namespace, one, ofGateways)),
    ];
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
          `with --enforce-namespace-label, only the pods of ${name} are read, and the query selects reporter="${plan.reporter}"`,
        );
      const workload = scaled(namespace, target);
      const groups = plan.reporter === "destination" ? [] : groupsOf(plan, namespace);
      if (!workload || !groups.every((group) => group !== undefined))
        return refuse("ASM_DIRECT_LIMIT", `more than ${MOST_WORKLOADS} workloads are read directly, so ${name} is not`);
      if (plan.reporter !== "destination")
        return readCallers(plan, { groups, own: workload, namespace, name }, clock.monotonic());
      const result = workload.read(plan);
      const trouble = workload.trouble();
      if (trouble === "not-listed") return refuse("ASM_DIRECT_STARTING", `the pods of ${name} are being listed`);
      if (trouble && (trouble.sinceMs > MOST_TROUBLE_MS || !result.ok))
        return refuse("ASM_DIRECT_TARGET", `the pods of ${name} are not known: ${oneLine(trouble.sentence)}`);
      if (!result.ok) return { ok: false, problem: estimateProblem(result, name, workload.unread(plan)) };
      const { value, noise, at, pods, sampled, read } = result;
      return { ok: true, value, noise, ageMs: clock.monotonic() - at, pods, sampled, read };
    },
    async run(signal) {
      while (!signal.aborted) {
        await pause(CHECK_MS, signal);
        for (const [id, one] of workloads) if (signal.aborted || one.workload.idleMs() > IDLE_MS) end(id, one);
      }
    },
  };
}

type Watch = (events: PodEvents, signal: AbortSignal) => Promise<void>;

/** Pods that are read together. */
interface Group {
  /** The namespace of the pods. */
  readonly pods: string;
  readonly phaseOf?: string;
  readonly wanted: WantedSeries;
  readonly watch: Watch;
}

/** What a namespace has used of the adapter. `users`: the workloads of which it has the readers, or the pods. */
interface Share {
  readonly share: NamespaceShare;
  users: number;
  workloads: number;
}

interface Started {
  readonly workload: Workload;
  /** The namespace that reads the workload, and that of its pods. */
  readonly namespace: string;
  readonly pods: string;
  readonly stop: AbortController;
}
