import { startAdapter } from "./adapterProcess.ts";
import { readMetrics } from "./reading.ts";
import { SIZES } from "./sizes.ts";
import { startStandIn } from "./standIn.ts";
import { storeBySize } from "./store.ts";

/**
 * Reads: latency and throughput over TLS with the front proxy's identity, as fast as so many connections can, client and
 * adapter on one machine. kube-metrics-adapter, measured beside this project on two cores over 8 connections: 3,100 reads
 * a second, p50 1.9 ms, p99 11 ms. `npm run reads -w benchmarks [HPAs …]`.
 */
const SECONDS = 10;
const asked = process.argv.slice(2).map(Number);
const results = [];
for (const hpas of asked.length > 0 ? asked : SIZES) {
  const standIn = await startStandIn(hpas);
  const adapter = await startAdapter(standIn);
  const { certPem, keyPem } = await standIn.frontProxy.issueClient("front-proxy-client");
  const job = { port: adapter.port, certPem, keyPem, hpas };
  await readMetrics({ ...job, connections: 8, seconds: 5 });
  for (const connections of [1, 8, 64]) {
    const cpuMs = adapter.cpuMs();
    const read = await readMetrics({ ...job, connections, seconds: SECONDS });
    const perCoreSecond = (read.perSecond * SECONDS * 1000) / (adapter.cpuMs() - cpuMs);
    results.push({ hpas, connections, perCoreSecond, ...read });
    console.log(JSON.stringify(results.at(-1)));
  }
  // As the HPA controller comes: each metric every 15 s.
  const pace = { connections: Math.min(8, hpas), seconds: 30, rate: hpas / 15 };
  const paced = await readMetrics({ ...job, ...pace });
  results.push({ hpas, connections: pace.connections, paced: true, ...paced });
  console.log(JSON.stringify(results.at(-1)));
  await adapter.stop();
  standIn.stop();
}
storeBySize("reads", results);
