import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import type { LocalCluster } from "../localCluster.ts";
import { observe, type Rescale, type Sight } from "./observer.ts";
import { adapter, autoscaler, QUERY_NAME, REQUESTS_PER_POD, sampleWorkloads, WORKLOAD } from "./program.ts";
import type { Screen } from "./screen.ts";
import { statusPageOf } from "./statusPage.ts";

/**
 * Offered load, in requests per second. The guide offers `hey -c 10 -q 5`, at most 50 requests per second, and its
 * screenshot shows 6 pods. This demo must reach five pods in every run. While pods are added, rate() still counts the
 * old pod at its old rate, so the sum is up to a tenth too high. With a load of 48, one of twenty runs reaches 6 pods.
 * With 44, half of the runs stay at 4 (tolerance). With 45, all runs reach 5.
 */
export const LOAD = 45;
export const PEAK = 5;
const METRIC_PATH =
  `/apis/external.metrics.k8s.io/v1beta1/namespaces/${WORKLOAD.namespace}/prometheus-query` +
  `?labelSelector=${encodeURIComponent(`query-name=${QUERY_NAME}`)}`;
/** Timeouts, in seconds. They are much longer than the loop needs, so only a broken loop reaches them. */
const UP_WITHIN = 180;
const DOWN_WITHIN = 300;
const SETTLED_WITHIN = 180;

/** The result of the loop, as written to `loop.json`. Times are unix ms. */
export interface LoopRecord {
  startedAt: number;
  loadAt: number;
  loadEndedAt: number;
  rescales: readonly Rescale[];
  sights: readonly Sight[];
  /** The explanations on the status page at the largest size and at the last size. */
  reasons: readonly string[];
  statusPage: string;
  /** `scaled 1 -> 5 -> 1 in N s`, N from the start of the load to the last rescale. */
  summary: string;
}

/**
 * Provisions the adapter and the autoscaler with the Pulumi engine, runs the load once up and once down, and reports
 * every step.
 * @param publishUrl Returns the URL of a server of the cluster that the user can open.
 */
export async function playLoop(
  cluster: LocalCluster,
  screen: Screen,
  startedAt: number,
  publishUrl: (url: string) => Promise<string> = async (url) => url,
): Promise<LoopRecord> {
  const { controlPlane, traffic } = cluster;
  await provision(cluster, screen);
  const page = await statusPageOf(controlPlane);
  const statusPage = await publishUrl(page.url);
  screen.step(`status page, to look at while it scales: ${statusPage}/?hpa=${WORKLOAD.namespace}/${WORKLOAD.workload}`);

  const observer = observe(controlPlane, WORKLOAD.namespace, WORKLOAD.workload);
  const sights: Sight[] = [];
  let offered = 0;
  const looking = setInterval(() => {
    observer.look(offered, METRIC_PATH).then(
      (sight) => {
        sights.push(sight);
        screen.live(sight, REQUESTS_PER_POD);
      },
      // Without an API server there is nothing to observe. The code that started it reports that it ended.
      () => undefined,
    );
  }, 1_000);
  try {
    screen.step(
      `traffic: ${LOAD} requests per second to ${WORKLOAD.workload} (${LOAD / REQUESTS_PER_POD} pods' worth)`,
    );
    const loadAt = Date.now();
    offered = LOAD;
    traffic.offer(WORKLOAD, offered);
    await observer.until(`${PEAK} replicas`, UP_WITHIN, () => observer.replicas().current >= PEAK);
    screen.step(
      `scaled up: ${sizes(observer.rescales)} ${((lastAt(observer.rescales) - loadAt) / 1000).toFixed(0)} s after the step`,
    );
    screen.step((await controlPlane.kubectl(["-n", WORKLOAD.namespace, "get", "hpa", WORKLOAD.workload])).trimEnd());
    const reasons = [await page.settledSentence(offered, PEAK, SETTLED_WITHIN)];
    screen.step(`why: ${reasons[0]}`);

    screen.step("traffic ends");
    const loadEndedAt = Date.now();
    offered = 0;
    traffic.offer(WORKLOAD, offered);
    await observer.until(
      "one replica",
      DOWN_WITHIN,
      () => observer.rescales.at(-1)?.to === 1 && observer.replicas().current === 1,
    );
    screen.step(`scaled down: ${sizes(observer.rescales)}`);
    reasons.push(await page.settledSentence(offered, 1, SETTLED_WITHIN));
    screen.step(`why: ${reasons[1]}`);

    const summary = summarize(observer.rescales, loadAt);
    if (!summary.startsWith(`scaled 1 -> ${PEAK} -> 1 `)) {
      throw new ProblemError(
        problem("ASM_LOOP_SIZE", `${sizes(observer.rescales)} instead of 1 -> … -> ${PEAK} -> … -> 1`),
      );
    }
    const { rescales } = observer;
    return { startedAt, loadAt, loadEndedAt, rescales, sights, reasons, statusPage, summary };
  } finally {
    clearInterval(looking);
    observer.stop();
  }
}

/** Creates the stack in the guide's order, and shows the guide's checks. */
async function provision({ controlPlane, engine }: LocalCluster, screen: Screen): Promise<void> {
  const programs: [string, () => void][] = [
    ["sample", sampleWorkloads],
    ["adapter", () => adapter(controlPlane.prometheusUrl)],
  ];
  for (const [stack, program] of programs) {
    const made = await (await engine.stack({ project: "loop", stack, program: async () => program() })).up();
    screen.step(`pulumi up ${stack}: ${changes(made.summary.resourceChanges)}`);
  }
  const pods = await controlPlane.kubectl(["get", "po", "-n", "kube-system"]);
  screen.step(
    `kubectl get po -n kube-system | grep metrics-adapter\n${pods
      .split("\n")
      .filter((line) => line.includes("metrics-adapter"))
      .join("\n")}`,
  );
  screen.step(`external metrics before the HPA: ${await registered(controlPlane)}`);
  const made = await (
    await engine.stack({ project: "loop", stack: "autoscaler", program: async () => autoscaler() })
  ).up();
  screen.step(`pulumi up autoscaler: ${changes(made.summary.resourceChanges)}`);
  screen.step(`external metrics after the HPA: ${await registered(controlPlane)}`);
}

/** `3 create, 1 same` */
export function changes(resourceChanges: Record<string, number> | undefined): string {
  return Object.entries(resourceChanges ?? {})
    .map(([operation, count]) => `${count} ${operation}`)
    .join(", ");
}

async function registered(controlPlane: LocalCluster["controlPlane"]): Promise<string> {
  const list: unknown = JSON.parse(
    await controlPlane.kubectl(["get", "--raw", "/apis/external.metrics.k8s.io/v1beta1"]),
  );
  const resources = typeof list === "object" && list !== null && "resources" in list ? list.resources : undefined;
  return JSON.stringify(resources);
}

/** `1 -> 3 -> 5` */
export function sizes(rescales: readonly Rescale[]): string {
  return [rescales[0]?.from ?? 1, ...rescales.map(({ to }) => to)].join(" -> ");
}

function lastAt(rescales: readonly Rescale[]): number {
  return rescales.at(-1)?.at ?? Number.NaN;
}

/** The last line, from the HPA's events: first size, largest size, last size. */
function summarize(rescales: readonly Rescale[], loadAt: number): string {
  const peak = Math.max(...rescales.map(({ to }) => to));
  const seconds = Math.round((lastAt(rescales) - loadAt) / 1000);
  return `scaled ${rescales[0]?.from} -> ${peak} -> ${rescales.at(-1)?.to} in ${seconds} s`;
}
