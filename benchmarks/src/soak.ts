import { readFile } from "node:fs/promises";
import { Agent } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { MISCHIEF, startFaultyProxy } from "../../packages/control-plane/tests/conformance/faultyProxy.ts";
import { byName, hpa, queryKey } from "../../packages/control-plane/tests/conformance/hpa.ts";
import { metricPath, startStage } from "../../packages/control-plane/tests/conformance/stage.ts";

/**
 * Soak: the adapter behind a real API server while HPAs come, change and go and Prometheus flaps. What its resident
 * memory grows by after the first five minutes, as the slope of a regression line, must stay under a megabyte in ten minutes.
 * `npm run soak -w benchmarks [minutes]`, 40 minutes unless said otherwise: in 20 the swings of V8's heap (4 MB) can make a slope.
 */
const MINUTES = Number(process.argv[2] ?? 40);
/** What is warm-up: five minutes, or half of a shorter run. */
const WARM_SECONDS = Math.min(300, MINUTES * 30);
const BAR_MB = 1;
/** HPAs that there are at any time. */
const STANDING = 300;
const CHURN_PER_SECOND = 5;
const FLAP_SECONDS = 15;
const READS_PER_SECOND = 50;
const HPAS = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";

/**
 * The pod's image has musl, which maps blocks from 128 KiB on by themselves and unmaps them. That of most Linux machines, glibc,
 * does so too until one of them was freed, then keeps them in its own heap, which grows by its holes; with fixed limits it does not.
 * https://man7.org/linux/man-pages/man3/mallopt.3.html
 */
const MALLOC = { MALLOC_ARENA_MAX: "1", MALLOC_MMAP_THRESHOLD_: "131072", MALLOC_TRIM_THRESHOLD_: "131072" };

let proxy: Awaited<ReturnType<typeof startFaultyProxy>> | undefined;
const stage = await startStage({
  flags: async (plane) => {
    proxy = await startFaultyProxy(plane.prometheusUrl);
    return [`--prometheus-server=${proxy.url}`];
  },
  env: () => MALLOC,
});
const agent = new Agent({ keepAlive: true, maxSockets: 25 });
const samples: { seconds: number; megabytes: number }[] = [];
const counts = { created: 0, changed: 0, deleted: 0, served: 0, refused: 0, lost: 0 };
let oldest = 0;
let newest = 0;

const object = (index: number, value: number) =>
  JSON.stringify(
    hpa(`soak-${index}`, [byName(`soak-${index}`)], {
      annotations: { [queryKey(`soak-${index}`)]: `vector(${value}) + 0 * ${index}` },
    }),
  );
const send = async (method: string, path: string, body: string, type = "application/json") => {
  const response = await stage.plane.kubernetes.request(path, { method, body, headers: { "Content-Type": type } });
  await response.text();
};
const create = async () => {
  const index = newest++;
  await send("POST", HPAS, object(index, index));
  counts.created++;
};

async function churn(): Promise<void> {
  await create();
  await send("DELETE", `${HPAS}/soak-${oldest++}`, "{}");
  counts.deleted++;
  const index = oldest + Math.floor(Math.random() * (newest - oldest));
  const annotations = { [queryKey(`soak-${index}`)]: `vector(${Math.floor(Math.random() * 1000)})` };
  const patch = JSON.stringify({ metadata: { annotations } });
  await send("PATCH", `${HPAS}/soak-${index}`, patch, "application/merge-patch+json");
  counts.changed++;
}

async function readOne(): Promise<void> {
  const index = oldest + Math.floor(Math.random() * (newest - oldest));
  try {
    const path = metricPath("prometheus-query", `query-name=soak-${index}`);
    const { status } = await stage.direct.proxied(path, { agent });
    if (status === 200) counts.served++;
    else counts.refused++;
  } catch {
    counts.lost++;
  }
}

/** What V8 has taken and uses, and buffers outside of it, as the adapter tells it of itself. */
async function heap(): Promise<string> {
  const text = await (await fetch(stage.adapter.metricsUrl)).text();
  const megabytes = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]) / 2 ** 20;
  const [taken, used, outside] = ["heap_size_total", "heap_size_used", "external_memory"].map((name) =>
    megabytes(`nodejs_${name}_bytes`).toFixed(1),
  );
  return `heap ${taken} MB (${used} used), outside ${outside}`;
}

async function residentMegabytes(): Promise<number> {
  const status = await readFile(`/proc/${stage.adapter.pid()}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

try {
  while (newest < STANDING) await create();
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const kinds = ["", ...Object.keys(MISCHIEF)];
  let minute = 1;
  for (let second = 1; seconds() < MINUTES * 60; second++) {
    const round = Math.floor(seconds() / FLAP_SECONDS);
    const kind = round % 2 === 0 ? "" : kinds[((round - 1) / 2) % kinds.length];
    if (proxy) proxy.mischief = kind ? MISCHIEF[kind] : undefined;
    for (let index = 0; index < READS_PER_SECOND; index++) void readOne();
    for (let index = 0; index < CHURN_PER_SECOND; index++) await churn();
    if (second % 5 === 0) samples.push({ seconds: seconds(), megabytes: await residentMegabytes() });
    if (seconds() >= minute * 60)
      console.log(
        `${minute++} min: ${samples.at(-1)?.megabytes.toFixed(1)} MB, ${await heap()} ${JSON.stringify(counts)}`,
      );
    await delay(Math.max(0, second * 1000 - seconds() * 1000));
  }
  const settled = samples.filter(({ seconds }) => seconds >= WARM_SECONDS);
  const growth = slopePerSecond(settled.map(({ seconds, megabytes }) => [seconds, megabytes])) * 600;
  console.log(
    `soak: ${MINUTES} min, ${settled.at(-1)?.megabytes.toFixed(1)} MB resident, growing by ${growth.toFixed(2)} MB in ten minutes (bar: ${BAR_MB})`,
  );
  if (!stage.adapter.alive() || growth >= BAR_MB || counts.lost > 0) process.exitCode = 1;
} finally {
  agent.destroy();
  proxy?.close();
  await stage.stop();
}

/** The slope of the regression line through points, by least squares; 0 for fewer than two. */
function slopePerSecond(points: readonly (readonly [x: number, y: number])[]): number {
  const count = points.length;
  if (count < 2) return 0;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / count;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / count;
  const over = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return over / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
