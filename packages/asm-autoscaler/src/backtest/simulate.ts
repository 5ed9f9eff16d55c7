import { type Autoscaling, createController } from "@asm-autoscaler/hpa-metrics";
import { type ClusterTimes, createFleet } from "./fleet";
import type { Load } from "./load";
import { type MetricSource, readingAt, type Scene } from "./sources";

/** Settings of a simulation: an autoscaler, where its metrics are read, and the cluster around it. */
export interface Setting extends ClusterTimes {
  readonly autoscaling: Autoscaling;
  /** The source of each of `autoscaling.metrics`. */
  readonly sources: readonly MetricSource[];
  /** Sync period of the HPA controller in seconds. */
  readonly syncSeconds: number;
  /**
   * Second of the first sync, less than syncSeconds. If either is not a whole number, the sync is in the next second.
   */
  readonly firstSync: number;
}

/** Result of a simulation, for each second. */
export interface Run {
  readonly seconds: number;
  /** Each change of the number of replicas, the first at second 0. */
  readonly sizes: readonly { readonly second: number; readonly replicas: number }[];
  /** For each load, requests per second at each second. */
  readonly offered: readonly Float64Array[];
  /** For each second: number of pods, and number of pods that receive requests. */
  readonly replicas: Uint16Array;
  readonly ready: Uint16Array;
}

/** The seconds of the loads that a run is about. What is before them is its history. */
export interface Judged {
  readonly from: number;
  readonly to: number;
}

/**
 * Replays loads of the same length: sidecars count, Prometheus scrapes, the adapter evaluates, the HPA controller decides.
 * Not modelled: failed scrapes and reads, and nodes without capacity.
 *
 * @param judged Defaults to all seconds. The replay starts some minutes earlier, with the load of that time.
 */
export function simulate(loads: readonly Load[], setting: Setting, judged?: Judged): Run {
  const { from, to } = judged ?? { from: 0, to: loads[0]?.perSecond.length ?? 0 };
  const { autoscaling, sources, syncSeconds, readyAfterSeconds, scrapeIntervalSeconds } = setting;
  const { firstSync, warmUp, keptSeconds } = warmUpOf(setting);
  const start = from - warmUp;
  const fleet = createFleet(setting, loads, { start, end: to }, keptSeconds);
  const scene: Scene = { fleet, loads, start, startsAt: loads[0]?.startsAt ?? 0, scrapeIntervalSeconds };
  const controller = createController(autoscaling);
  fleet.resize(start - readyAfterSeconds, initialSize(loads, setting, start));

  for (let index = 0; ; index++) {
    const now = Math.ceil(start + firstSync + index * syncSeconds - 1e-9);
    if (now >= to) break;
    fleet.serveUntil(now);
    const usages = sources.map((source) => {
      const value = readingAt(source, scene, now);
      return value === undefined ? undefined : Math.round(value * 1000);
    });
    fleet.resize(now, controller.sync(now, fleet.count(), usages));
  }
  fleet.serveUntil(to);
  const [replicas, ready] = [fleet.replicas.subarray(warmUp), fleet.ready.subarray(warmUp)];
  const offered = loads.map(({ perSecond }) => perSecond.subarray(from, to));
  return { seconds: to - from, sizes: sizesOf(replicas), offered, replicas, ready };
}

/** The pods that the load needs by the targets of the HPA. */
function initialSize(loads: readonly Load[], { autoscaling, sources }: Setting, start: number): number {
  const { minReplicas, maxReplicas, metrics } = autoscaling;
  const needs = sources.map((source, index) => {
    const load = source.kind === "requests" ? loads[source.load] : undefined;
    const rate = load && (start < 0 ? load.initial : (load.perSecond[start] ?? 0));
    return rate === undefined ? 0 : Math.ceil((rate * 1000) / (metrics[index]?.goal ?? Number.POSITIVE_INFINITY));
  });
  return Math.min(Math.max(minReplicas, ...needs), maxReplicas);
}

function sizesOf(replicas: Uint16Array): { second: number; replicas: number }[] {
  const sizes: { second: number; replicas: number }[] = [];
  for (let second = 0; second < replicas.length; second++) {
    const size = replicas[second] ?? 0;
    if (size !== replicas[second - 1]) sizes.push({ second, replicas: size });
  }
  return sizes;
}

/**
 * Seconds before the recorded run. The controller decides nothing until the windows are full, and its stabilization windows
 * must not contain the start. A multiple of all common intervals.
 */
function warmUpOf({ autoscaling, sources, scrapeIntervalSeconds, syncSeconds, firstSync }: Setting) {
  const { behavior, downscaleStabilizationSeconds } = autoscaling;
  const rules = behavior ? [behavior.scaleUp, behavior.scaleDown] : [];
  const remembered = Math.max(
    downscaleStabilizationSeconds,
    ...rules.flatMap(({ stabilizationSeconds, policies }) => [
      stabilizationSeconds,
      ...policies.map(({ periodSeconds }) => periodSeconds),
    ]),
  );
  const keptSeconds = Math.max(
    ...sources.map((source) => {
      const window = "windowSeconds" in source ? source.windowSeconds : 0;
      return window + 2 * scrapeIntervalSeconds + source.evaluationSeconds;
    }),
  );
  const warmUp = Math.ceil((keptSeconds + remembered) / 600) * 600;
  const syncs = Math.floor((warmUp + firstSync - keptSeconds) / syncSeconds);
  return { warmUp, keptSeconds, firstSync: warmUp + firstSync - syncs * syncSeconds };
}
