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
  /** The second of its first look, less than syncSeconds; where either is no whole number, it looks in the second after. */
  readonly firstSync: number;
}

/** How it went, second by second. */
export interface Run {
  readonly seconds: number;
  /** Each change of size, the first at second 0. */
  readonly sizes: readonly { readonly second: number; readonly replicas: number }[];
  /** For each second: what was offered, and how many pods there were and took requests. */
  readonly offered: Float64Array;
  readonly replicas: Uint16Array;
  readonly ready: Uint16Array;
}

/**
 * Replays traffic: sidecars count, Prometheus scrapes, the adapter evaluates `sum(rate(…))`, the HPA controller decides. Not
 * modelled: failed scrapes and reads, nodes that have no room, and other metrics of the HPA.
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
 * So long the traffic is as at its start before anything is noted, seconds: until the window is full nothing is decided, and
 * then until the controller has forgotten that it began; a multiple of all usual intervals.
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
