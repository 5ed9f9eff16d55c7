import { fork } from "node:child_process";
import { once } from "node:events";
import { request } from "node:https";
import { startAdapter } from "./adapterProcess.ts";
import { PODS_PER_WORKLOAD, podAnswers, REQUESTS_PER_POD, type SidecarCounts } from "./direct/pods.ts";
import { drawGrowth } from "./growthPicture.ts";
import { readMetrics } from "./reading.ts";
import { metricPath, startStandIn } from "./standIn.ts";
import { store } from "./store.ts";

/**
 * What Direct costs: processor time and memory of the adapter that reads the sidecars of so many pods every 2 s, beside
 * those of an adapter that serves the same HPAs from Prometheus, and what each pod's sidecar has to answer. 20 pods make a
 * workload, each HPA is read every 15 s, and all sidecars are in one process of their own.
 * `npm run direct -w benchmarks [minutes] [pods …]`, 2 minutes and 100, 1,000 and 5,000 pods unless said otherwise.
 */
const [minutes = 2, ...counts] = process.argv.slice(2).map(Number);
const SIZES = counts.length > 0 ? counts : [100, 1_000, 5_000];
const SYNC_SECONDS = 15;
/** Connections of the HPA controller's five workers. */
const WORKERS = 5;
/** Minutes until the scrapes run evenly and the heap has its size. */
const WARM_UP_MINUTES = 0.75;
/** Goals for 1,000 pods: cores, and megabytes more than without Direct. */
const GOALS = { pods: 1_000, cores: 0.3, megabytes: 60 };

const results = [];
for (const pods of SIZES) {
  const prometheus = await measure(pods, false);
  const direct = await measure(pods, true);
  const more = { cores: direct.cores - prometheus.cores, megabytes: direct.megabytes - prometheus.megabytes };
  results.push({ pods, hpas: pods / PODS_PER_WORKLOAD, minutes, direct, prometheus, more });
  console.log(JSON.stringify(results.at(-1)));
  if (pods !== GOALS.pods) continue;
  if (direct.cores < GOALS.cores && more.megabytes < GOALS.megabytes) continue;
  console.log(`missed: ${pods} pods should cost less than ${GOALS.cores} cores and ${GOALS.megabytes} MB more`);
  process.exitCode = 1;
}
store("direct", { intervalSeconds: 2, podsPerWorkload: PODS_PER_WORKLOAD, results });
drawGrowth("growth-direct", "Adapter that reads sidecars every 2 s", "pods", [
  { name: "resident memory, MB", points: results.map(({ pods, direct }) => [pods, direct.megabytes]) },
  { name: "the same HPAs without Direct, MB", points: results.map((one) => [one.pods, one.prometheus.megabytes]) },
  { name: "CPU seconds per minute", points: results.map(({ pods, direct }) => [pods, direct.cores * 60]) },
]);

/** One adapter over stand-ins, and what it used after its warm-up. */
async function measure(pods: number, isDirect: boolean) {
  const hpas = Math.ceil(pods / PODS_PER_WORKLOAD);
  const sidecars = fork(new URL("./direct/sidecars.ts", import.meta.url));
  const [{ port }] = (await once(sidecars, "message")) as [{ port: number }];
  const countsOf = async () => {
    const answered = once(sidecars, "message");
    sidecars.send("counts");
    return ((await answered) as [SidecarCounts])[0];
  };
  const standIn = await startStandIn(hpas, { isDirect, more: podAnswers(port) });
  const flags = [...standIn.flags, ...(isDirect ? ["--direct"] : [])];
  const adapter = await startAdapter({ ...standIn, flags });
  const { certPem, keyPem } = await standIn.frontProxy.issueClient("front-proxy-client");
  const connections = Math.min(WORKERS, hpas);
  const job = { port: adapter.port, certPem, keyPem, connections, hpas, rate: hpas / SYNC_SECONDS };
  await readMetrics({ ...job, seconds: WARM_UP_MINUTES * 60 });

  const before = { at: performance.now(), cpuMs: adapter.cpuMs(), ...(await countsOf()) };
  const read = await readMetrics({ ...job, seconds: minutes * 60 });
  const after = { at: performance.now(), cpuMs: adapter.cpuMs(), ...(await countsOf()) };
  const megabytes = adapter.residentMegabytes();
  const value = await firstValue(adapter.port, certPem, keyPem);
  await adapter.stop();
  standIn.stop();
  sidecars.kill();
  const expected = PODS_PER_WORKLOAD * REQUESTS_PER_POD;
  if (isDirect && Math.abs(value - expected) > expected / 10) {
    throw new Error(`the first HPA reads ${value}, not about ${expected}: it is not served from the sidecars`);
  }
  const elapsed = after.at - before.at;
  const requests = after.requests - before.requests;
  const perPodMinute = (count: number) => count / pods / (elapsed / 60_000);
  return {
    cores: (after.cpuMs - before.cpuMs) / elapsed,
    megabytes,
    connections: after.connections,
    requestsPerPodAndMinute: perPodMinute(requests),
    bytesPerPodAndMinute: perPodMinute(after.bytes - before.bytes),
    bytesPerRequest: requests === 0 ? 0 : (after.bytes - before.bytes) / requests,
    value,
    read,
  };
}

/** What the adapter serves for the first HPA, as a number. */
function firstValue(port: number, cert: string, key: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "X-Remote-User": "system:serviceaccount:kube-system:horizontal-pod-autoscaler" };
    const target = { host: "127.0.0.1", port, path: metricPath(0), cert, key, rejectUnauthorized: false, headers };
    const sent = request(target, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      const [, number, milli] = /"value":"(\d+)(m?)"/.exec(text) ?? [];
      if (number === undefined) reject(new Error(`the first HPA has no reading: ${text}`));
      resolve(Number(number) / (milli ? 1_000 : 1));
    });
    sent.on("error", reject).end();
  });
}
