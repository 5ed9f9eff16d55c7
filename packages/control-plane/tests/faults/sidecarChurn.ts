import { setTimeout as pause } from "node:timers/promises";
import type { LocalCluster } from "../../src/localCluster.ts";
import type { SidecarFault } from "../../src/traffic/sidecarServer.ts";

/** Faults of the pods and sidecars of one workload, one after the other, and what they may do to a reading. */
export interface Churn {
  /** Makes faults until `end`, in Unix ms. */
  run(end: number): Promise<void>;
  /** The noise of a reading that was taken now, as docs/how-to/react-faster.md states it, and what was lost uncounted. */
  allowance(): { noise: number; lost: number };
  /** The faults so far, for the message of a failure. */
  readonly history: readonly string[];
  /** The highest rate of the last seconds, in requests per second. */
  mostPerSecond(): number;
}

const WINDOW_SECONDS = 6;
/** Time between two scrapes. */
const INTERVAL_SECONDS = 2;
/** How long lost requests are missing in a window, which ends up to five seconds ago. */
const LOST_MS = 12_000;
/** Share of what is made up that may be wrong: the mean of the other pods includes new ones, which have less traffic. */
const SPREAD = 0.3;
/** How long a fault may have an effect on readings after its end: a failing sidecar is read again after up to 16 s. */
const AFTER_MS = 30_000;
const FAULTS: readonly SidecarFault[] = ["hang", "refuse", "not-found", "garbage", "cut", "huge", { slowMs: 900 }];

/**
 * Makes the faults of a workload of `pods` pods. Some are sidecars that cannot be read for some seconds. Others lose what
 * was counted since the last scrape: a pod that is deleted, and a sidecar that restarts or evicts a series.
 *
 * @param random Gives numbers from 0 to 1.
 */
export function churnOf({ controlPlane, traffic }: LocalCluster, name: string, random: () => number): Churn {
  const workload = { namespace: "test", workload: name };
  const [main, other] = [
    { ...workload, service: name },
    { ...workload, service: `${name}-other` },
  ];
  const rates: { at: number; perSecond: number }[] = [];
  const losses: { at: number; requests: number }[] = [];
  const failing: { until: number }[] = [];
  const history: string[] = [];
  let otherRate = 0;

  const log = (what: string) => history.push(`${new Date().toISOString().slice(14, 23)} ${what}`);
  const offer = (perSecond: number) => {
    rates.push({ at: Date.now(), perSecond });
    traffic.offer(main, perSecond);
    log(`${perSecond} per second`);
  };
  const mostPerSecond = () => {
    const recent = rates.filter((_, index) => (rates[index + 1]?.at ?? Number.POSITIVE_INFINITY) > Date.now() - 20_000);
    return Math.max(0, ...recent.map(({ perSecond }) => perSecond)) + otherRate;
  };
  const sidecars = () => traffic.sidecars(workload);
  const perPod = () => mostPerSecond() / Math.max(1, sidecars().length - 1);
  const one = () => sidecars()[Math.floor(random() * sidecars().length)];
  /** What so many sidecars have counted since their last scrape. */
  const lose = (count: number) =>
    losses.push({ at: Date.now(), requests: count * perPod() * (INTERVAL_SECONDS + 0.5) });
  const perPodRates: { at: number; perPod: number }[] = [];
  /** How much the rate of one pod has changed in the last seconds. A sidecar that is not read hides when it did. */
  const change = () => {
    perPodRates.push({ at: Date.now(), perPod: perPod() });
    const recent = perPodRates.filter(({ at }) => at > Date.now() - 20_000).map(({ perPod }) => perPod);
    return Math.max(...recent) - Math.min(...recent);
  };

  const deletePod = async () => {
    const pod = one()?.name;
    if (pod === undefined || sidecars().length < 2) return;
    log(`delete ${pod}`);
    const isSudden = random() < 0.5;
    await controlPlane.kubernetes.core
      .deleteNamespacedPod({ name: pod, namespace: "test", ...(isSudden && { gracePeriodSeconds: 0 }) })
      .catch(() => undefined);
    lose(1);
  };
  const scale = async () => {
    const replicas = 3 + Math.floor(4 * random());
    log(`scale to ${replicas}`);
    const fewer = Math.max(0, sidecars().length - replicas);
    await controlPlane.kubernetes.request(`/apis/apps/v1/namespaces/test/deployments/${name}/scale`, {
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json" },
      body: JSON.stringify({ spec: { replicas } }),
    });
    lose(fewer);
  };
  const fail = async () => {
    const sidecar = one();
    const fault = FAULTS[Math.floor(random() * FAULTS.length)];
    if (!sidecar || fault === undefined) return;
    const span = { until: Number.POSITIVE_INFINITY };
    failing.push(span);
    const seconds = 1 + 7 * random();
    log(`${JSON.stringify(fault)} of ${sidecar.name} for ${seconds.toFixed(1)} s`);
    await sidecar.fail(fault);
    await pause(1_000 * seconds);
    await sidecar.fail();
    span.until = Date.now() + AFTER_MS;
  };
  const restart = () => {
    const sidecar = one();
    log(`restart ${sidecar?.name}`);
    // Twice, because a counter that has soon more than before seems to go on.
    lose(2);
    sidecar?.restart();
  };
  /** The series of the other Service, which comes and goes. */
  const toggle = async () => {
    otherRate = otherRate === 0 ? 40 : 0;
    log(`${otherRate} per second of the other service`);
    traffic.offer(other, otherRate);
    if (otherRate > 0) return;
    await pause(3_000);
    for (const sidecar of sidecars()) sidecar.evictIdle(2);
    log("evict");
  };

  return {
    history,
    mostPerSecond,
    async run(end) {
      offer(300);
      const faults: Promise<void>[] = [];
      while (Date.now() < end) {
        await pause(2_000 + 4_000 * random());
        const dice = random();
        if (dice < 0.25) offer(100 + Math.floor(500 * random()));
        else if (dice < 0.4) await deletePod();
        else if (dice < 0.5) await scale();
        else if (dice < 0.8) faults.push(fail());
        else if (dice < 0.9) restart();
        else await toggle();
      }
      await Promise.all(faults);
    },
    allowance() {
      const now = Date.now();
      const rate = mostPerSecond();
      const unread = failing.filter(({ until }) => until > now).length;
      // Three standard deviations of the requests in the window, and one request.
      const statistical = (3 * Math.sqrt(rate * WINDOW_SECONDS + 1)) / WINDOW_SECONDS;
      const madeUp = unread > 0 ? SPREAD * Math.min(0.2, unread / sidecars().length) * rate : 0;
      const late = (Math.min(1, unread) * change() * INTERVAL_SECONDS) / WINDOW_SECONDS;
      const lost = losses.filter(({ at }) => at > now - LOST_MS).reduce((sum, { requests }) => sum + requests, 0);
      return { noise: statistical + madeUp + late, lost: lost / WINDOW_SECONDS };
    },
  };
}
