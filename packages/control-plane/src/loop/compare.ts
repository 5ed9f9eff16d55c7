import { setTimeout as pause } from "node:timers/promises";
import { Reaction } from "@asm-autoscaler/asm-autoscaler";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import type { LocalCluster } from "../localCluster.ts";
import { changes, LOAD, PEAK } from "./loop.ts";
import { type Observer, observe, type Rescale } from "./observer.ts";
import { adapter, autoscalers, queryNameOf, sampleWorkloads, WORKLOAD } from "./program.ts";
import type { Screen } from "./screen.ts";
import { statusPageOf } from "./statusPage.ts";

/** The two workloads. They get the same traffic and differ only in the reaction of their autoscaler. */
const REACTIONS: Readonly<Record<string, Reaction>> = {
  "podinfo-steady": Reaction.Steady,
  "podinfo-direct": Reaction.Direct,
};
/** Requests per second before the step, so that both have a reading and one pod. */
const BASE = 5;
/** Timeouts, in seconds. Only a broken comparison reaches them. */
const READING_WITHIN = 180;
const UP_WITHIN = 300;
const DOWN_WITHIN = 300;

/** The result of a comparison, as written to `loop.json`. Times are unix ms. */
export interface CompareRecord {
  readonly startedAt: number;
  readonly loadAt: number;
  readonly loadEndedAt: number;
  readonly workloads: readonly Compared[];
  readonly statusPage: string;
  /** `Direct had 5 pods after 6 s, 75 s sooner than Steady (81 s)`, from the step to the HPA's rescale. */
  readonly summary: string;
}

interface Compared {
  readonly workload: string;
  readonly reaction: string;
  readonly rescales: readonly Rescale[];
  /** Seconds from the step to the first larger size and to PEAK pods, and from the end of the load to one pod. */
  readonly first: number;
  readonly full: number;
  readonly down: number;
}

/**
 * Scales two equal workloads with the same traffic at once, one with the reaction Steady and one with Direct, and reports
 * how many seconds each needs.
 * @param publishUrl Returns the URL of a server of the cluster that the user can open.
 */
export async function playComparison(
  cluster: LocalCluster,
  screen: Screen,
  startedAt: number,
  publishUrl: (url: string) => Promise<string> = async (url) => url,
): Promise<CompareRecord> {
  const { controlPlane, traffic } = cluster;
  await provision(cluster, screen);
  const statusPage = await publishUrl((await statusPageOf(controlPlane)).url);
  screen.step(`status page, with both side by side: ${statusPage}`);

  const workloads = Object.entries(REACTIONS).map(([workload, reaction]) => ({
    ...{ workload, reaction, observer: observe(controlPlane, WORKLOAD.namespace, workload) },
  }));
  const offer = (rate: number) => {
    for (const { workload } of workloads) {
      traffic.offer({ namespace: WORKLOAD.namespace, workload, service: workload }, rate);
    }
  };
  try {
    offer(BASE);
    screen.step(`traffic: ${BASE} requests per second to each, until both have a reading`);
    for (const { workload, observer } of workloads) await hasReading(observer, workload, READING_WITHIN);

    const loadAt = Date.now();
    offer(LOAD);
    screen.step(`traffic: ${LOAD} requests per second to each`);
    const up = await together(workloads, screen, loadAt, UP_WITHIN, "up", ({ to }) => to >= PEAK);

    screen.step("traffic ends");
    const loadEndedAt = Date.now();
    offer(0);
    const down = await together(workloads, screen, loadEndedAt, DOWN_WITHIN, "down", ({ to }) => to === 1);

    const compared = workloads.map(({ workload, reaction, observer }, index) => {
      const first = observer.rescales.find(({ at, from, to }) => at >= loadAt - EVENT_RESOLUTION_MS && to > from);
      const seconds = { first: since(loadAt, first), full: up[index] ?? Number.NaN, down: down[index] ?? Number.NaN };
      return { workload, reaction, rescales: [...observer.rescales], ...seconds };
    });
    screen.step(`seconds from the step, and from the end of the traffic\n${table(compared)}`);
    return { startedAt, loadAt, loadEndedAt, workloads: compared, statusPage, summary: fasterSentence(compared) };
  } finally {
    for (const { observer } of workloads) observer.stop();
  }
}

/** Events have a resolution of one second. */
const EVENT_RESOLUTION_MS = 1_000;
const LOOK_AGAIN_MS = 500;

interface Observed {
  readonly workload: string;
  readonly observer: Observer;
}

/** Waits until each workload has a rescale after `began` that is done. @returns the seconds of each until then. */
function together(
  workloads: readonly Observed[],
  screen: Screen,
  began: number,
  within: number,
  direction: string,
  isDone: (rescale: Rescale) => boolean,
): Promise<number[]> {
  return Promise.all(
    workloads.map(async ({ workload, observer }) => {
      const done = () => observer.rescales.find((one) => one.at >= began - EVENT_RESOLUTION_MS && isDone(one));
      await observer.until(`${workload} scaled ${direction}`, within, () => done() !== undefined);
      const seconds = since(began, done());
      screen.step(`${workload} is scaled ${direction} to ${done()?.to} after ${seconds.toFixed(0)} s`);
      return seconds;
    }),
  );
}

async function hasReading(observer: Observer, workload: string, within: number): Promise<void> {
  const until = Date.now() + within * 1_000;
  const path =
    `/apis/external.metrics.k8s.io/v1beta1/namespaces/${WORKLOAD.namespace}/prometheus-query` +
    `?labelSelector=${encodeURIComponent(`query-name=${queryNameOf(workload)}`)}`;
  for (;;) {
    const { reading, refusal } = await observer.look(BASE, path);
    if (reading !== undefined && observer.replicas().current === 1) return;
    if (Date.now() > until) {
      const text = `a reading of ${workload} did not come within ${within} s: ${refusal ?? "no item"}`;
      throw new ProblemError(problem("ASM_LOOP_LATE", text));
    }
    await pause(LOOK_AGAIN_MS);
  }
}

async function provision({ controlPlane, engine }: LocalCluster, screen: Screen): Promise<void> {
  const programs: [string, () => void][] = [
    ["sample", () => sampleWorkloads(Object.keys(REACTIONS))],
    ["adapter", () => adapter(controlPlane.prometheusUrl, true)],
    ["autoscaler", () => autoscalers(REACTIONS)],
  ];
  for (const [stack, program] of programs) {
    const made = await (await engine.stack({ project: "compare", stack, program: async () => program() })).up();
    screen.step(`pulumi up ${stack}: ${changes(made.summary.resourceChanges)}`);
  }
}

/** Says which reaction had PEAK pods first, and by how much: `Direct had 5 pods after 6 s, 75 s sooner than Steady (81 s)`. */
export function fasterSentence(compared: readonly Pick<Compared, "reaction" | "full">[]): string {
  const [first, second] = compared.toSorted((a, b) => a.full - b.full);
  if (!first || !second) return "";
  const [sooner, later] = [Math.round(first.full), Math.round(second.full)];
  if (sooner === later) return `${first.reaction} and ${second.reaction} both had ${PEAK} pods after ${sooner} s`;
  return `${first.reaction} had ${PEAK} pods after ${sooner} s, ${later - sooner} s sooner than ${second.reaction} (${later} s)`;
}

function since(began: number, rescale: Rescale | undefined): number {
  return ((rescale?.at ?? Number.NaN) - began) / 1_000;
}

function table(compared: readonly Compared[]): string {
  const row = (cells: readonly string[]) => cells.map((cell, index) => cell.padEnd(index === 0 ? 18 : 16)).join("");
  const head = row(["", "first new pod", `${PEAK} pods`, "one pod again"]);
  const rows = compared.map(({ workload, first, full, down }) =>
    row([workload, ...[first, full, down].map((seconds) => `${seconds.toFixed(0)} s`)]),
  );
  return [head, ...rows].map((line) => `        ${line.trimEnd()}`).join("\n");
}
