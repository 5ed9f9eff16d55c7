import { setTimeout as pause } from "node:timers/promises";
import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler/adapter";
import { requestsPerSecondQuery } from "@asm-autoscaler/hpa-metrics";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Agent, fetch } from "undici";
import { type LocalCluster, startLocalCluster } from "../../src/localCluster.ts";
import { byName, hpa, queryKey } from "../conformance/hpa.ts";
import { meshDeployments } from "../meshDeployments.ts";
import { until } from "../until.ts";
import { type Churn, churnOf } from "./sidecarChurn.ts";

/**
 * Readings of the sidecars over churn, restarts, resets, evictions, slow and dead pods, beside what the traffic truly
 * was: two replicas of the adapter, several workloads, no Prometheus.
 */

const SECONDS = Number(process.env["CHURN_SECONDS"] ?? 150);
const SEED = Number(process.env["CHURN_SEED"] ?? Date.now() % 1_000_000);
const READINGS = 1_000;
const WORKLOADS = Array.from({ length: 8 }, (_, index) => `web-${index}`);
/** Time between two reads of a workload by each replica, in ms. */
const READ_MS = 1_000;
const PATH = "/apis/external.metrics.k8s.io/v1beta1/namespaces/test/prometheus-query?labelSelector=query-name%3D";

let cluster: LocalCluster;
let token: string;
let replicas: string[];
const agent = new Agent({ connect: { rejectUnauthorized: false } });

beforeAll(async () => {
  cluster = await startLocalCluster();
  const { controlPlane, engine } = cluster;
  const { kubectl } = controlPlane;
  const program = async () => void new MetricsAdapter("adapter", { direct: true, replicas: 2 });
  await (await engine.stack({ project: "churn", stack: "churn", program })).up();
  await kubectl(["apply", "-f", "-"], meshDeployments(WORKLOADS));
  // The test scales by itself. A rule that is disabled leaves the size as it is.
  const still = { scaleUp: { selectPolicy: "Disabled" }, scaleDown: { selectPolicy: "Disabled" } };
  const hpas = WORKLOADS.map((name) =>
    hpa(name, [byName(name)], {
      ...{ namespace: "test", minReplicas: 1, maxReplicas: 50, behavior: still },
      annotations: {
        [queryKey(name)]: requestsPerSecondQuery({ workload: name, namespace: "test" }),
        [queryKey("reaction")]: "direct",
      },
    }),
  );
  await kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: hpas }));
  await kubectl(["scale", "-n", "test", "--replicas=5", "deployment", ...WORKLOADS]);
  const binding = ["--clusterrole=cluster-admin", "--serviceaccount=default:default"];
  await kubectl(["create", "clusterrolebinding", "reader", ...binding]);
  token = (await kubectl(["create", "token", "default"])).trim();
  replicas = await until("two replicas", adapterAddresses, 60);
  for (const name of WORKLOADS) cluster.traffic.offer({ namespace: "test", workload: name, service: name }, 300);
  const both = (name: string) => Promise.all(replicas.map((address) => read(address, name)));
  const hasReadings = async () =>
    (await Promise.all(WORKLOADS.map(both))).flat().every(({ value }) => value !== undefined);
  await until("readings of all workloads", hasReadings, 120);
}, 600_000);

afterAll(async () => {
  await agent.close();
  await cluster?.stop();
}, 60_000);

async function adapterAddresses(): Promise<string[] | undefined> {
  const label = "app.kubernetes.io/name=asm-metrics-adapter";
  const { items } = await cluster.controlPlane.kubernetes.core.listNamespacedPod({
    namespace: "kube-system",
    labelSelector: label,
  });
  const ready = items.filter(({ status }) =>
    status?.conditions?.some((one) => one.type === "Ready" && one.status === "True"),
  );
  return ready.length === 2 ? ready.flatMap(({ status }) => status?.podIP ?? []) : undefined;
}

interface Read {
  readonly value: number | undefined;
  /** End of the window in Unix ms, in whole seconds. */
  readonly end: number;
  readonly message: string;
}

/** What one replica answers for a workload. */
async function read(address: string, name: string): Promise<Read> {
  const response = await fetch(`https://${address}:6443${PATH}${name}`, {
    dispatcher: agent,
    headers: { authorization: `Bearer ${token}` },
  });
  const { items, message = "" } = (await response.json()) as {
    items?: { value: string; timestamp: string }[];
    message?: string;
  };
  const [item] = items ?? [];
  if (!item) return { value: undefined, end: 0, message };
  const value = Number(item.value.replace("m", "")) / (item.value.endsWith("m") ? 1_000 : 1);
  return { value, end: Date.parse(item.timestamp), message };
}

/** The least and the greatest true rate over windows that end within the second of a timestamp. */
function truthAround(name: string, end: number): { least: number; most: number } {
  const ended = (at: number) => cluster.traffic.truth({ namespace: "test", workload: name }, at).ended;
  const rates: number[] = [];
  for (let at = end - 200; at <= end + 1_200; at += 200)
    for (const seconds of [6, 2]) rates.push((ended(at) - ended(at - 1_000 * seconds)) / seconds);
  return { least: Math.min(...rates), most: Math.max(...rates) };
}

test(
  `readings of sidecars are true over churn and faults, on both replicas (seed ${SEED})`,
  async () => {
    const end = Date.now() + 1_000 * SECONDS;
    let readings = 0;
    /** How far readings are outside the truth, as a share of it, and how far replicas are apart, in seconds of traffic. */
    const [errors, apart]: [number[], number[]] = [[], []];
    const outside: string[] = [];
    /** Reads without a reading, by code. */
    const held = new Map<string, number>();

    const readBoth = async (name: string, churn: Churn) => {
      const reads = await Promise.all(replicas.map((address) => read(address, name)));
      const { noise, lost } = churn.allowance();
      const truths = reads.map(({ end: window }) => truthAround(name, window));
      for (const [replica, { value, end: window, message }] of reads.entries()) {
        const { least, most } = truths[replica] ?? { least: 0, most: 0 };
        if (value === undefined) {
          const code = /ASM_\w+/.exec(message)?.[0] ?? message;
          held.set(code, (held.get(code) ?? 0) + 1);
          continue;
        }
        readings++;
        errors.push(Math.max(0, least - value, value - most) / Math.max(1, most));
        if (value <= most + noise && value >= least - noise - lost) continue;
        const what = `${value} is not in ${least.toFixed(0)} to ${most.toFixed(0)}, noise ${noise.toFixed(0)}, lost ${lost.toFixed(0)}`;
        const when = `at ${timeOf(Date.now())}, window until ${timeOf(window)}`;
        outside.push(`${name} of replica ${replica} ${when}: ${what}\n  ${churn.history.slice(-8).join("\n  ")}`);
      }
      const [first, second] = reads.map(({ value }) => value);
      if (first === undefined || second === undefined) return;
      // Windows may end at different times. What the truth changed in between is no difference of the replicas.
      const changed = Math.max(...truths.map(({ most }) => most)) - Math.min(...truths.map(({ least }) => least));
      apart.push((Math.max(0, Math.abs(first - second) - changed) * 6) / churn.mostPerSecond());
    };
    const readAll = async (name: string, churn: Churn) => {
      for (let at = Date.now(); at < end; at += READ_MS) {
        await pause(Math.max(0, at - Date.now()));
        await readBoth(name, churn);
      }
    };
    await Promise.all(
      WORKLOADS.flatMap((name, index) => {
        const churn = churnOf(cluster, name, randomOf(SEED + index));
        return [churn.run(end), readAll(name, churn)];
      }),
    );

    process.stdout.write(
      `${readings} readings; held: ${JSON.stringify(Object.fromEntries(held))}; outside the truth by a share of it: ` +
        `${quantiles(errors)}; replicas apart, in seconds of traffic: ${quantiles(apart)}\n`,
    );
    expect(outside).toEqual([]);
    expect(readings).toBeGreaterThanOrEqual(READINGS);
    expect(apart.filter((seconds) => seconds > 1)).toEqual([]);
  },
  1_000 * SECONDS + 120_000,
);

function timeOf(unixMs: number): string {
  return new Date(unixMs).toISOString().slice(14, 23);
}

function quantiles(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(3);
  return `median ${at(0.5)}, 99 % ${at(0.99)}, most ${at(1)}`;
}

/** A random number from 0 to 1. The same seed gives the same numbers (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
