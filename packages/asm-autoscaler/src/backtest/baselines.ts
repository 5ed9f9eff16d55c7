import type { Load } from "./load";
import type { Judged, Run } from "./simulate";
import type { Capacity } from "./verdict";

/** The pods that all loads need in each second, so that no ready pod gets more than its capacity. */
function needOf(loads: readonly Load[], capacities: readonly Capacity[], { from, to }: Judged): Uint16Array {
  const needs = new Uint16Array(to - from);
  for (const { load, requestsPerSecond } of capacities) {
    const { perSecond } = loads[load] as Load;
    for (let second = from; second < to; second++) {
      const need = Math.ceil((perSecond[second] ?? 0) / requestsPerSecond - 1e-9);
      if (need > (needs[second - from] ?? 0)) needs[second - from] = need;
    }
  }
  return needs;
}

/** No autoscaling: as many pods as the highest second needs, all the time. `maxReplicas` does not limit it. */
export function peakSize(loads: readonly Load[], capacities: readonly Capacity[], judged: Judged): Run {
  const most = needOf(loads, capacities, judged).reduce((max, need) => Math.max(max, need), 1);
  const replicas = new Uint16Array(judged.to - judged.from).fill(most);
  return runOf(loads, judged, replicas, replicas);
}

/**
 * A perfect forecast: each pod is created so that it is ready in the second in which it is needed, and removed when it is not
 * needed any more. No autoscaler can do the same with fewer pods, so it says what is left to gain.
 */
export function perfectForecast(
  loads: readonly Load[],
  capacities: readonly Capacity[],
  judged: Judged,
  {
    minReplicas,
    maxReplicas,
    readyAfterSeconds,
  }: { minReplicas: number; maxReplicas: number; readyAfterSeconds: number },
): Run {
  const ready = needOf(loads, capacities, judged).map((need) => Math.min(Math.max(need, minReplicas), maxReplicas));
  // A pod exists from its creation on, so a later need counts until then.
  return runOf(loads, judged, mostWithin(ready, readyAfterSeconds), ready);
}

/** For each second, the highest of its value and the next `ahead` ones. */
function mostWithin(values: Uint16Array, ahead: number): Uint16Array {
  const most = new Uint16Array(values.length);
  /** Seconds whose values fall, from the highest one on. */
  const queue: number[] = [];
  let head = 0;
  for (let second = values.length - 1; second >= 0; second--) {
    const value = values[second] ?? 0;
    while (queue.length > head && (values[queue.at(-1) ?? 0] ?? 0) <= value) queue.pop();
    queue.push(second);
    while ((queue[head] ?? 0) > second + ahead) head++;
    most[second] = values[queue[head] ?? 0] ?? 0;
  }
  return most;
}

function runOf(loads: readonly Load[], { from, to }: Judged, replicas: Uint16Array, ready: Uint16Array): Run {
  const sizes: { second: number; replicas: number }[] = [];
  for (let second = 0; second < replicas.length; second++) {
    const size = replicas[second] ?? 0;
    if (size !== replicas[second - 1]) sizes.push({ second, replicas: size });
  }
  return {
    seconds: to - from,
    sizes,
    offered: loads.map(({ perSecond }) => perSecond.subarray(from, to)),
    replicas,
    ready,
  };
}
