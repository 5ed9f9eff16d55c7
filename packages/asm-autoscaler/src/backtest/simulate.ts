import { type Autoscaling, createController } from "@asm-autoscaler/hpa-metrics";
import { createPods, type PodsOptions } from "./pods";
import type { Traffic } from "./traffic";

/** Settings of a simulation: an autoscaler on requests per second per pod, and the cluster around it. */
export interface Setting extends PodsOptions {
  readonly autoscaling: Autoscaling;
  /** Target number of requests per second per pod. */
  readonly target: number;
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
  /** For each second: requests per second, number of pods, and number of pods that receive requests. */
  readonly offered: Float64Array;
  readonly replicas: Uint16Array;
  readonly ready: Uint16Array;
}

/**
 * Replays traffic: sidecars count, Prometheus scrapes, the adapter evaluates `sum(rate(…))`, the HPA controller
 * decides. Not modelled: failed scrapes and reads, nodes without capacity, and other metrics of the HPA.
 */
export function simulate(traffic: Traffic, setting: Setting): Run {
  const { autoscaling, target, syncSeconds, evaluationSeconds } = setting;
  const seconds = Math.ceil(traffic.seconds);
  const { firstLook, warmUp } = warmUpOf(setting);
  const pods = createPods(setting);
  const controller = createController(autoscaling);
  const bounded = (wanted: number) => Math.min(Math.max(wanted, autoscaling.minReplicas), autoscaling.maxReplicas);
  pods.resize(-setting.readyAfterSeconds, bounded(Math.ceil(traffic.at(0) / target)));
  const sizes: { second: number; replicas: number }[] = [];
  const [offered, replicas, ready] = [new Float64Array(seconds), new Uint16Array(seconds), new Uint16Array(seconds)];

  for (let now = 0; now < warmUp + seconds; now++) {
    pods.scrape(now);
    if (now >= firstLook && (now - firstLook) % syncSeconds < 1) {
      const usage = pods.reading(now - (now % evaluationSeconds));
      const wanted = controller.sync(now, pods.count(), [usage === undefined ? undefined : Math.round(usage * 1000)]);
      pods.resize(now, wanted);
    }
    const second = now - warmUp;
    const rate = traffic.at(Math.max(0, second + 0.5));
    pods.serve(now, rate);
    if (second < 0) continue;
    if (sizes.at(-1)?.replicas !== pods.count()) sizes.push({ second, replicas: pods.count() });
    offered[second] = rate;
    replicas[second] = pods.count();
    ready[second] = pods.ready(now);
  }
  return { seconds, sizes, offered, replicas, ready };
}

/**
 * Seconds before the recorded run in which the traffic has its initial value. The controller decides nothing until the
 * window is full, and its stabilization windows must not contain the start. A multiple of all common intervals.
 */
function warmUpOf(setting: Setting) {
  const { autoscaling, windowSeconds, scrapeIntervalSeconds, evaluationSeconds, syncSeconds, firstSync } = setting;
  const { behavior, downscaleStabilizationSeconds } = autoscaling;
  const rules = behavior ? [behavior.scaleUp, behavior.scaleDown] : [];
  const remembered = Math.max(
    downscaleStabilizationSeconds,
    ...rules.flatMap(({ stabilizationSeconds, policies }) => [
      stabilizationSeconds,
      ...policies.map(({ periodSeconds }) => periodSeconds),
    ]),
  );
  const filled = windowSeconds + 2 * scrapeIntervalSeconds + evaluationSeconds;
  const warmUp = Math.ceil((filled + remembered) / 600) * 600;
  const looks = Math.floor((warmUp + firstSync - filled) / syncSeconds);
  return { warmUp, firstLook: warmUp + firstSync - looks * syncSeconds };
}
