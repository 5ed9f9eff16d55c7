import { counted, type DirectPlan, oneLine, type Problem, problem } from "@asm-autoscaler/hpa-metrics";
import { estimate } from "./estimate.ts";
import { outsideCallers, RECEIVED } from "./outsideCallers.ts";
import type { Pod } from "./pods.ts";
import { isFresh, isNewcomer, isServing, type ReadProxy } from "./proxyWindow.ts";
import type { DirectReading } from "./reading.ts";
import type { PodEvents } from "./targets.ts";
import { MOST_TROUBLE_MS, WINDOW_MS } from "./timing.ts";
import { isKnownBetween } from "./window.ts";
import { MOST_SCRAPED, type Workload } from "./workload.ts";

/** The proxies that are read for one query. */
export interface Callers {
  /** The pods of the workload's own namespace, and those of each gateway. */
  readonly groups: readonly Workload[];
  /** The scaled workload itself. */
  readonly own: Workload;
  /** The namespace of the workload. */
  readonly namespace: string;
  /** How messages name the workload: `Deployment shop/web`. */
  readonly name: string;
}

/**
 * Drops the pods of a group that are not callers. Of a whole namespace, a pod without a sidecar reports nothing, not
 * even to Prometheus. Every other pod with an address can send requests, ready or not, so it is missing if it cannot be
 * read. Before its sidecar starts, it has sent nothing.
 */
export function onlyCallers(events: PodEvents, isWholeNamespace: boolean): PodEvents {
  const asCaller = (pod: Pod): Pod => ({ ...pod, isReady: pod.hasStarted && (pod.address !== "" || pod.isRefused) });
  const isCaller = ({ port }: Pod) => port !== undefined || !isWholeNamespace;
  return {
    ...events,
    onList: (pods) => events.onList(pods.filter(isCaller).map(asCaller)),
    onChange: (pod) => (isCaller(pod) ? events.onChange(asCaller(pod)) : events.onDelete(pod.uid)),
  };
}

/**
 * Evaluates a plan from the proxies of callers, gateways and waypoints. No proxy is made up for: one that is not read
 * may have sent all requests. So a sum over some of them can only be too low:
 * - For a workload without pods, every sum above zero is a reason to wake it, and zero counts only if all were read.
 * - For a workload with pods, the value is whole only if its own sidecars received no more than the callers sent.
 *   Callers of other namespaces are not read, and their requests would be missing. See `outsideCallers` for what can be
 *   compared.
 * - Pods behind a waypoint have no sidecar to compare with, so a value of waypoints is never whole: another waypoint
 *   may have taken over.
 *
 * @param now ms of the monotonic clock
 */
export function readCallers(plan: DirectPlan, callers: Callers, now: number): DirectReading {
  const { groups, name } = callers;
  const refuse = (...about: Parameters<typeof problem>): DirectReading => ({ ok: false, problem: problem(...about) });
  // Every read keeps the scrapes going, also one that is refused.
  const parts = groups.map((group) => group.proxies(plan));
  if (plan.reporter === "source") callers.own.proxies(RECEIVED);
  if (groups.some((group) => group.trouble() === "not-listed"))
    return refuse("ASM_DIRECT_STARTING", `the callers of ${name} are being listed`);
  // A pod may be in two groups.
  const all = [...new Map(parts.flatMap(({ proxies }) => proxies.map((one) => [one.instance, one]))).values()];
  const unsampled = parts.reduce((sum, part) => sum + part.pods - part.proxies.filter(isServing).length, 0);
  const pods = all.filter(isServing).length + unsampled;
  const { known, lost } = knownOf(plan, all, now);
  const read = known.filter(isServing).length;
  const missing = missingProblem(plan, callers, lost + unsampled, pods);
  if (missing?.code === "ASM_DIRECT_STARTING") return { ok: false, problem: missing };
  if (pods === 0 && !missing)
    return refuse("ASM_DIRECT_REPORTER", `no pod was found that reports as reporter="${plan.reporter}" for ${name}`);
  // What is not a sum may be too high as well.
  if (missing && (!plan.isRequestRate || read === 0)) return { ok: false, problem: missing };
  const result = estimate(plan, plan.isRequestRate ? known : all, plan.isRequestRate ? read : pods, now);
  if (!result.ok) return { ok: false, problem: missing ?? whyNot(result.why, name) };
  const { value, noise, at } = result;
  const tooLow = doubt(plan, callers, known, { value, noise, missing }, now);
  return { ok: true, value, noise, ageMs: now - at, pods, read, ...(tooLow ? { tooLow } : {}) };
}

/**
 * The proxies whose increase over the window is known, and how many others may have sent something in it: those that
 * serve, and those that have left within the window.
 */
function knownOf(plan: DirectPlan, all: readonly ReadProxy[], now: number): { known: ReadProxy[]; lost: number } {
  const end = all
    .filter((proxy) => isServing(proxy) && isFresh(proxy, now))
    .reduce((oldest, { counters }) => Math.min(oldest, counters.readAt), now);
  const parts = all.filter((proxy) =>
    proxy.role === "leaving" ? proxy.counters.readAt > end - WINDOW_MS : isServing(proxy) && !isNewcomer(proxy, end),
  );
  const known = parts.filter(
    (proxy) =>
      (!isServing(proxy) || isFresh(proxy, now)) && isKnownBetween(proxy.counters, plan.metrics, end - WINDOW_MS, end),
  );
  return { known, lost: parts.length - known.length };
}

function missingProblem(plan: DirectPlan, { groups, name }: Callers, lost: number, pods: number): Problem | undefined {
  for (const group of groups) {
    const trouble = group.trouble();
    if (typeof trouble === "object" && trouble.sinceMs > MOST_TROUBLE_MS)
      return problem("ASM_DIRECT_TARGET", `the callers of ${name} are not known: ${oneLine(trouble.sentence)}`);
  }
  if (lost === 0) return undefined;
  const [first] = groups.flatMap((group) => group.unread(plan));
  if (!first && pods <= MOST_SCRAPED)
    return problem("ASM_DIRECT_STARTING", `the callers of ${name} are read for less than the window of the query`);
  const example = first ? `, such as ${first.name}: ${oneLine(first.sentence, 200)}` : "";
  return problem("ASM_DIRECT_PODS", `${lost} of ${counted(pods, "caller")} of ${name} are not read${example}`);
}

function whyNot(why: string, name: string): Problem {
  switch (why) {
    case "no-series":
      return problem("ASM_DIRECT_NO_SERIES", `none of the callers of ${name} has counted a request yet`);
    case "no-match":
      return problem(
        "ASM_DIRECT_NO_SERIES",
        `none of the callers of ${name} has counted a request that the query selects`,
      );
    case "no-flush":
      return problem("ASM_DIRECT_FLUSH", `the callers of ${name} update their histograms less often than every 5 s`);
    case "large":
      return problem("ASM_DIRECT_LARGE", `the callers of ${name} have too many series`);
    case "over-budget":
      return problem(
        "ASM_DIRECT_QUERY",
        `its regular expressions take too long on the series of the callers of ${name}`,
      );
    case "idle":
      return problem("ASM_DIRECT_IDLE", `no request of ${name} ended in the last seconds, so the query has no number`);
    case "starting":
    case "no-pods":
      return problem("ASM_DIRECT_STARTING", `the callers of ${name} are read for less than the window of the query`);
    default:
      return problem("ASM_DIRECT_PODS", `not all callers of ${name} are read, and the query is not a sum`);
  }
}

/** Why the value may be too low. Undefined if it is whole, or if it cannot make the workload smaller. */
function doubt(
  plan: DirectPlan,
  { own, namespace, name }: Callers,
  known: readonly ReadProxy[],
  sent: { readonly value: number; readonly noise: number; readonly missing: Problem | undefined },
  now: number,
): Problem | undefined {
  const { value, missing } = sent;
  const size = own.size();
  const trouble = own.trouble();
  if (trouble === "not-listed")
    return missing ?? problem("ASM_DIRECT_STARTING", `the pods of ${name} are being listed`);
  if (trouble && trouble.sinceMs > MOST_TROUBLE_MS)
    return missing ?? problem("ASM_DIRECT_TARGET", `the pods of ${name} are not known: ${oneLine(trouble.sentence)}`);
  if (size === 0 && value > 0) return undefined;
  const inUse = size > 0;
  const why =
    plan.reporter === "source"
      ? (otherHost(plan, namespace) ?? (inUse ? outsideCallers(plan, own, known, sent, now) : undefined))
      : inUse
        ? OTHER_WAYPOINTS
        : undefined;
  return missing ?? (why === undefined ? undefined : problem("ASM_DIRECT_REPORTER", `${name} ${why}`));
}

const OTHER_WAYPOINTS = "may get requests through waypoints that are not read";

/** What the workload's own sidecars receive says nothing about a Service that may not be its own. */
function otherHost({ destinationService = "" }: DirectPlan, namespace: string): string | undefined {
  if (destinationService.split(".")[1] === namespace) return undefined;
  return `has a query that does not require a Service of the namespace ${namespace} by destination_service="…"`;
}
