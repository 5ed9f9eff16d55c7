import {
  counted,
  DEFAULT_SCRAPE_SECONDS,
  FAST_SCRAPES,
  hasFewScrapes,
  historySeconds,
  LEAST_SCRAPES,
  parseQuery,
  type QueryWindow,
  scrapesIn,
  WANTED_SCRAPES,
  windowsOf,
} from "@asm-autoscaler/hpa-metrics";
import type { Deployment } from "@pulumi/kubernetes/apps/v1";
import * as pulumi from "@pulumi/pulumi";
import { onlyScraper } from "../prometheus/scrapers";
import { sizeFor } from "../prometheus/sizing";
import type { InputError } from "../validation/inputErrors";
import { isGiven, UNKNOWN } from "../validation/inputs";
import { anticipateOf } from "./anticipation";
import type { KnownAutoscaler, KnownMetric } from "./knownInputs";
import { type Metric, type SignalKind, signals } from "./signals";

/** Warnings about valid arguments that can cause problems in production, as far as they are known. */
export function autoscalerWarnings(known: KnownAutoscaler): InputError[] {
  const metrics = known.metrics === UNKNOWN ? [] : (known.metrics ?? []);
  return [
    ...pausedWarnings(known),
    ...metrics.flatMap((metric, index) => {
      if (metric === UNKNOWN || metric === undefined) return [];
      const path = `metrics[${index}]`;
      return [
        ...windowWarnings(path, metric, known),
        ...queryWindowWarnings(`${path}.query`, metric, known),
        ...capacityWarnings(metric, known),
        ...historyWarnings(path, metric, known),
      ];
    }),
  ];
}

/** A pause that is forgotten is found only when traffic comes. */
function pausedWarnings({ paused }: KnownAutoscaler): InputError[] {
  if (paused !== true) return [];
  const message = "The autoscaler is paused: the number of replicas does not follow the traffic";
  return [{ path: "paused", code: "ASM_AUTOSCALER_PAUSED", message }];
}

/** Warning about a Deployment that sets spec.replicas. */
export function replicasWarning(replicas: number): InputError {
  return {
    path: "deployment",
    code: "ASM_REPLICAS_FIXED",
    message: `The Deployment sets spec.replicas to ${replicas}, so each update of it would reset the number of replicas`,
  };
}

function windowWarnings(path: string, { windowSeconds }: KnownMetric, known: KnownAutoscaler): InputError[] {
  const scrape = known.scrapeIntervalSeconds ?? DEFAULT_SCRAPE_SECONDS;
  if (scrape === UNKNOWN || windowSeconds === UNKNOWN || windowSeconds === undefined) return [];
  if (windowSeconds >= WANTED_SCRAPES * scrape || windowSeconds < LEAST_SCRAPES * scrape) return [];
  const lost = windowSeconds >= FAST_SCRAPES * scrape ? "two failed scrapes" : "one late or failed scrape";
  return [
    {
      path: `${path}.windowSeconds`,
      code: "ASM_WINDOW_SHORT",
      message: `A window of ${windowSeconds} s has fewer than four scrapes at an interval of ${scrape} s, so ${lost} can leave no value`,
      remedy: `Set at least ${WANTED_SCRAPES * scrape} seconds`,
    },
  ];
}

/** Warns about the windows of a query of Istio's metrics, which sidecars have. Of other metrics no interval is known. */
function queryWindowWarnings(path: string, { query, dialect }: KnownMetric, known: KnownAutoscaler): InputError[] {
  const scrape = known.scrapeIntervalSeconds ?? DEFAULT_SCRAPE_SECONDS;
  if (scrape === UNKNOWN || typeof query !== "string" || isGiven(dialect)) return [];
  const found = istioWindows(query).find(({ seconds }) => hasFewScrapes(seconds, scrape));
  if (!found) return [];
  const holds = scrapesIn(found.seconds, scrape);
  return [
    {
      path,
      code: "ASM_WINDOW_SHORT",
      message: `The window of ${found.seconds} s holds ${counted(holds, "scrape")} at an interval of ${scrape} s, so the query can have no value`,
      remedy: `Use a window of at least ${WANTED_SCRAPES * scrape} seconds, or correct scrapeIntervalSeconds`,
    },
  ];
}

/** The windows of a query on the metrics of Istio. */
function istioWindows(query: string): QueryWindow[] {
  const parsed = parseQuery(query);
  return parsed.ok ? windowsOf(parsed.query).filter(({ selector }) => selector.startsWith("istio_")) : [];
}

/**
 * Warns if a window assumes a shorter interval than that of the one Prometheus of the program.
 * @param title That Prometheus in words.
 */
export function intervalWarnings(
  metrics: readonly Metric[],
  given: number | undefined,
  actual: number,
  title: string,
): InputError[] {
  const scrape = given ?? DEFAULT_SCRAPE_SECONDS;
  const hasRate = (metric: Metric) =>
    (Object.keys(signals) as SignalKind[]).some((kind) => kind !== "openConnections" && isGiven(metric[kind]));
  const isShort = (metric: Metric) => {
    if (typeof metric.query === "string")
      return (
        !isGiven(metric.dialect) && istioWindows(metric.query).some(({ seconds }) => hasFewScrapes(seconds, actual))
      );
    return hasRate(metric) && (metric.windowSeconds ?? 0) < WANTED_SCRAPES * actual;
  };
  if (actual <= scrape || !metrics.some(isShort)) return [];
  return [
    {
      path: "scrapeIntervalSeconds",
      code: "ASM_WINDOW_SHORT",
      message: `The windows assume a scrape interval of ${scrape} s, and ${title} scrapes every ${actual} s`,
      remedy: `Set scrapeIntervalSeconds to the output scrapeIntervalSeconds of ${title}, or to ${actual}`,
    },
  ];
}

function capacityWarnings({ requestsPerSecond: each }: KnownMetric, known: KnownAutoscaler): InputError[] {
  const { expectedRequestsPerSecond: expected, maxReplicas } = known;
  if (each === UNKNOWN || expected === UNKNOWN || maxReplicas === UNKNOWN) return [];
  if (each === undefined || expected === undefined || maxReplicas === undefined) return [];
  const needed = Math.ceil(expected / each);
  if (needed <= maxReplicas) return [];
  return [
    {
      path: "maxReplicas",
      code: "ASM_REPLICAS_TOO_FEW",
      message: `${expected} requests per second at ${each} per pod need ${needed} replicas, but maxReplicas is ${maxReplicas}`,
      remedy: `Raise maxReplicas to ${needed}, or raise requestsPerSecond if a pod can serve more`,
    },
  ];
}

const DAY_SECONDS = 86_400;

/**
 * Warning about an anticipated load that needs a longer history than the one Prometheus of the program keeps, as far as
 * that is a MeshPrometheus.
 */
function historyWarnings(
  path: string,
  { anticipate, windowSeconds = 60 }: KnownMetric,
  { prometheusServerAlias }: KnownAutoscaler,
): InputError[] {
  const load = prometheusServerAlias === undefined ? onlyScraper()?.load : undefined;
  if (anticipate === UNKNOWN || anticipate === undefined || windowSeconds === UNKNOWN || !load) return [];
  const days = Math.ceil(historySeconds(anticipateOf(anticipate), windowSeconds) / DAY_SECONDS);
  if (load.retentionDays >= days) return [];
  const [now, then] = [load, { ...load, retentionDays: days }].map((one) => sizeFor(one).storageGiB);
  return [
    {
      path: `${path}.anticipate`,
      code: "ASM_HISTORY_SHORT",
      message: `What is anticipated needs ${days} days of history, and the MeshPrometheus keeps ${load.retentionDays}`,
      remedy: `Set retentionDays of the MeshPrometheus to ${days}; for ${load.pods} pods its disk is then ${then} GiB instead of ${now}`,
    },
  ];
}

/** The part of a Deployment's state that is read from the engine. */
interface DeploymentState {
  readonly metadata?: { readonly uid?: unknown };
  readonly spec?: { readonly replicas?: unknown };
  readonly __inputs?: DeploymentState;
}

/**
 * spec.replicas of a Deployment as the program sets it, if it does. The resource's outputs always contain a number,
 * because the API server sets a default. The state in the engine has the inputs, as `__inputs`; before the object is
 * created, the state is a copy of the inputs. Reading it makes no request to a cloud.
 */
export function declaredReplicas(deployment: pulumi.Input<Deployment>): pulumi.Output<number | undefined> {
  return pulumi.output(deployment).apply((made) => made.urn.apply(declaredOf));
}

async function declaredOf(urn: string): Promise<number | undefined> {
  try {
    const { state }: { state: DeploymentState } = await pulumi.runtime.invoke("pulumi:pulumi:getResource", { urn });
    const inputs = state.__inputs ?? (isGiven(state.metadata?.uid) ? undefined : state);
    const replicas = inputs?.spec?.replicas;
    return typeof replicas === "number" ? replicas : undefined;
  } catch {
    return undefined; // It is for a warning only, which must not keep a program from running.
  }
}
