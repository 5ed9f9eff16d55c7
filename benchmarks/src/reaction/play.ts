import { setTimeout as delay } from "node:timers/promises";
import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler";
import { type LocalCluster, type Observer, observe, type Rescale, startLocalCluster } from "control-plane";
import { startReferenceSchedule } from "../referenceSchedule.ts";
import { deploymentObject, hpaObject, NAMESPACE, namespaceObject } from "../workload.ts";
import { type Arm, type Part, windowsOf } from "./parts.ts";

/** What one workload did, in seconds since the step, or since the end of the traffic for `down`. Undefined: never. */
export interface Reaction {
  readonly arm: Arm;
  readonly first: number | undefined;
  readonly full: number | undefined;
  readonly down: number | undefined;
  /** Requests that found no pod. */
  readonly lost: number;
}

export interface PlayOptions {
  readonly scrapeSeconds: number;
  /** Workloads of each arm. */
  readonly workloads: number;
  say(line: string): void;
}

/** Downscale stabilization of the HPA controller here, in seconds. It is 300 in Kubernetes. */
export const STABILIZATION_SECONDS = 60;
/** At least the window and two scrapes, and then at no fixed phase of scrapes and syncs. */
const settleMs = () => 90_000 + Math.random() * 15_000;
/** Each Deployment's HPA has a phase of its own, spread over two sync periods, as the HPAs of a cluster are. */
const SPREAD_MS = 30_000;
/** Limit for a workload without traffic to get to zero, in seconds. */
const SLEEP_SECONDS = 400;
const EVENT_RESOLUTION_MS = 1_000;
const SENDER = "loadtester";

/** Plays a part on a cluster of its own. */
export async function playPart(part: Part, options: PlayOptions): Promise<Reaction[]> {
  const { scrapeSeconds, say } = options;
  const cluster = await startLocalCluster({
    scrapeIntervalSeconds: scrapeSeconds,
    downscaleStabilizationSeconds: STABILIZATION_SECONDS,
    onProgress: say,
  });
  try {
    const { controlPlane, engine } = cluster;
    const prometheus = await startReferenceSchedule(
      controlPlane.prometheusUrl,
      controlPlane.addresses.component(20),
      (query) => query.includes('"reference-'),
    );
    try {
      const program = async () => {
        new MetricsAdapter("adapter", { prometheus: { url: prometheus.url }, direct: true });
      };
      await (await engine.stack({ project: "reaction", stack: "adapter", program })).up();
      say(`${part.name}: the adapter is up; creating workloads`);
      return await step(cluster, part, options, prometheus.stop);
    } finally {
      await prometheus.stop();
    }
  } finally {
    await cluster.stop();
  }
}

async function step(
  cluster: LocalCluster,
  part: Part,
  options: PlayOptions,
  stopPrometheus: () => Promise<void>,
): Promise<Reaction[]> {
  const { controlPlane, traffic } = cluster;
  const { say } = options;
  const workloads = workloadsOf(part, options.workloads);
  const offer = (rate: number) => {
    for (const { name } of workloads) traffic.offer({ namespace: NAMESPACE, workload: name, service: name }, rate);
  };
  await createWorkloads(cluster, part, workloads, options);
  const observers = workloads.map((one) => ({ ...one, observer: observe(controlPlane, NAMESPACE, one.name) }));
  if (part.minReplicas === 0) await fallAsleep(part, observers, offer);
  say(`${part.name}: settling at ${part.base} requests per second each`);
  await delay(settleMs());

  const lostBefore = new Map(workloads.map(({ name }) => [name, lostOf(cluster, name)]));
  const stepAt = Date.now();
  offer(part.step);
  say(`${part.name}: step to ${part.step} requests per second`);
  if (part.outageAfterMs !== undefined) {
    await delay(part.outageAfterMs);
    await stopPrometheus();
    say(`${part.name}: Prometheus ended`);
  }
  const isAfter = ({ at, to, from }: Rescale) => at >= stepAt - EVENT_RESOLUTION_MS && to > from;
  const isFull = (rescale: Rescale) => isAfter(rescale) && rescale.to >= part.fullSize;
  const reached = observers.map(({ observer }) =>
    observer.until("full size", part.limitSeconds, () => observer.rescales.some(isFull)).catch(() => undefined),
  );
  await Promise.all(reached);
  const upward = observers.map(({ arm, name, observer }) => ({
    arm,
    first: secondsSince(stepAt, observer.rescales.find(isAfter)?.at),
    full: secondsSince(stepAt, observer.rescales.find(isFull)?.at),
    lost: lostOf(cluster, name) - (lostBefore.get(name) ?? 0),
  }));
  const down = part.hasEnd ? await end(part, observers, offer, say) : [];
  for (const { observer } of observers) observer.stop();
  return upward.map((one, index) => ({ ...one, down: down[index] }));
}

interface Workload {
  readonly arm: Arm;
  readonly name: string;
}

/** The arms take turns, and so does which goes first, so that none has a part of the sync period for itself. */
function workloadsOf({ arms }: Part, count: number): Workload[] {
  return Array.from({ length: count }, (_, turn) =>
    arms.map((_, index) => {
      const arm = arms[(turn + index) % arms.length] as Arm;
      return { arm, name: `${arm}-${turn + 1}` };
    }),
  ).flat();
}

async function createWorkloads(
  { controlPlane, traffic }: LocalCluster,
  part: Part,
  workloads: readonly Workload[],
  { scrapeSeconds }: PlayOptions,
): Promise<void> {
  const apply = (object: object) => controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify(object));
  await apply(namespaceObject());
  if (part.minReplicas === 0) await apply(deploymentObject(SENDER));
  for (const { name } of workloads) {
    await apply(deploymentObject(name, Math.max(1, part.minReplicas)));
    traffic.offer({ namespace: NAMESPACE, workload: name, service: name }, part.base);
  }
  const windows = windowsOf(scrapeSeconds);
  const { minReplicas, maxReplicas } = part;
  for (const { arm, name } of workloads) {
    const options = { windowSeconds: windows[arm], minReplicas, maxReplicas, isDirect: arm === "direct" };
    await apply(hpaObject(name, { ...options, isAlone: arm === "reference" }));
    await delay((Math.random() * SPREAD_MS) / workloads.length);
  }
}

/**
 * Sends some traffic and ends it, and waits until every workload sleeps. The HPA controller only wakes what it has put to
 * sleep itself, and a workload that nobody has ever called has no series.
 */
async function fallAsleep(
  part: Part,
  observers: readonly { readonly observer: Observer }[],
  offer: (rate: number) => void,
): Promise<void> {
  offer(part.step);
  await delay(5_000);
  offer(part.base);
  const asleep = observers.map(({ observer }) =>
    observer.until("no replica", SLEEP_SECONDS, () => observer.rescales.at(-1)?.to === 0),
  );
  await Promise.all(asleep);
}

/** Ends the traffic and waits for each workload's first scale-down. */
async function end(
  { name, base, limitSeconds }: Part,
  observers: readonly { readonly observer: Observer }[],
  offer: (rate: number) => void,
  say: (line: string) => void,
): Promise<(number | undefined)[]> {
  const endAt = Date.now();
  offer(base);
  say(`${name}: back to ${base} requests per second`);
  const isDown = ({ from, to, at }: Rescale) => at >= endAt && to < from;
  return Promise.all(
    observers.map(async ({ observer }) => {
      await observer.until("a scale-down", limitSeconds, () => observer.rescales.some(isDown)).catch(() => undefined);
      return secondsSince(endAt, observer.rescales.find(isDown)?.at);
    }),
  );
}

function lostOf({ traffic }: LocalCluster, workload: string): number {
  return traffic.truth({ namespace: NAMESPACE, workload }).unserved;
}

/** Events have a resolution of one second. */
function secondsSince(began: number, at: number | undefined): number | undefined {
  return at === undefined ? undefined : (at - began) / 1000;
}
