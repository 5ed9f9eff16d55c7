import { type Autoscaling, createController } from "hpa-metrics";
import { createPods, type PodsOptions } from "./pods";
import type { Traffic } from "./traffic";

/** What is simulated: an autoscaler of requests per second for each pod, and what it stands in. */
export interface Setting extends PodsOptions {
  readonly autoscaling: Autoscaling;
  /** Requests per second that one pod should serve. */
  readonly target: number;
  /** Between two looks of the HPA controller, seconds. */
  readonly syncSeconds: number;
  /** The second of its first look, less than syncSeconds. */
  readonly firstSync: number;
}

/** How it went, second by second. */
export interface Run {
  readonly seconds: number;
  /** Each change of size, the first at second 0. */
  readonly sizes: readonly { readonly second: number; readonly replicas: number }[];
  /** For each second: what was offered, and how many pods there were and took requests. */
  readonly offered: Float32Array;
  readonly replicas: Uint16Array;
  readonly ready: Uint16Array;
}

/** The adapter evaluates at whole multiples of so many seconds. */
const GRID_SECONDS = 3;
/** So long the traffic is as at its start before anything is noted, seconds; a multiple of all usual intervals. */
const WARM_UP_SECONDS = 1_200;

/**
 * Replays traffic: sidecars count, Prometheus scrapes, the adapter evaluates `sum(rate(…))`, the HPA controller decides. Not
 * modelled: failed scrapes and reads, nodes that have no room, and other metrics of the HPA.
 */
export function simulate(traffic: Traffic, setting: Setting): Run {
  const { autoscaling, target, syncSeconds, firstSync } = setting;
  const seconds = Math.ceil(traffic.seconds);
  const pods = createPods(setting);
  const controller = createController(autoscaling);
  const bounded = (wanted: number) => Math.min(Math.max(wanted, autoscaling.minReplicas), autoscaling.maxReplicas);
  pods.resize(0, bounded(Math.ceil(traffic.at(0) / target)));
  const sizes: { second: number; replicas: number }[] = [];
  const [offered, replicas, ready] = [new Float32Array(seconds), new Uint16Array(seconds), new Uint16Array(seconds)];

  for (let now = 0; now < WARM_UP_SECONDS + seconds; now++) {
    pods.scrape(now);
    if (now % syncSeconds === firstSync) {
      const usage = pods.reading(now - (now % GRID_SECONDS));
      const wanted = controller.sync(now, pods.count(), [usage === undefined ? undefined : Math.round(usage * 1000)]);
      pods.resize(now, wanted);
    }
    const second = now - WARM_UP_SECONDS;
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
