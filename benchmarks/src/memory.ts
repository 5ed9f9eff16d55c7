import { setTimeout as delay } from "node:timers/promises";
import { startAdapter } from "./adapterProcess.ts";
import { readMetrics } from "./reading.ts";
import { SIZES } from "./sizes.ts";
import { startStandIn } from "./standIn.ts";
import { storeBySize } from "./store.ts";

/**
 * Resident and anonymous memory with so many HPAs: when ready, after each has been read every 15 s for some minutes, and after their
 * queries have changed meanwhile. `npm run memory -w benchmarks [minutes] [HPAs …]`, 10 minutes and the sizes of
 * sizes.ts by default.
 */
const [minutes = 10, ...counts] = process.argv.slice(2).map(Number);
const SYNC_SECONDS = 15;
/** Connections of the HPA controller's five workers. */
const WORKERS = 5;
const results = [];
for (const hpas of counts.length > 0 ? counts : SIZES) {
  const standIn = await startStandIn(hpas);
  const adapter = await startAdapter(standIn);
  const measure = () => ({ resident: adapter.residentMegabytes(), anonymous: adapter.anonymousMegabytes() });
  const ready = measure();
  const { certPem, keyPem } = await standIn.frontProxy.issueClient("front-proxy-client");
  const job = {
    port: adapter.port,
    certPem,
    keyPem,
    connections: Math.min(WORKERS, hpas),
    hpas,
    rate: hpas / SYNC_SECONDS,
  };
  const before = { cpuMs: adapter.cpuMs(), queries: standIn.counts.queries };
  const read = await readMetrics({ ...job, seconds: minutes * 60 });
  const whenRead = measure();
  const cpuSecondsPerMinute = (adapter.cpuMs() - before.cpuMs) / 1000 / minutes;
  const queriesPerMinute = (standIn.counts.queries - before.queries) / minutes;
  const churn = setInterval(() => standIn.change(Math.floor(Math.random() * hpas)), 20);
  await readMetrics({ ...job, seconds: minutes * 30 });
  clearInterval(churn);
  await delay(1_000);
  const churned = measure();
  const result = {
    hpas,
    minutes,
    megabytes: { ready: ready.resident, read: whenRead.resident, churned: churned.resident },
    anonymousMegabytes: { ready: ready.anonymous, read: whenRead.anonymous, churned: churned.anonymous },
    cpuSecondsPerMinute,
    queriesPerMinute,
    read,
  };
  results.push(result);
  console.log(JSON.stringify(result));
  await adapter.stop();
  standIn.stop();
}
storeBySize("memory", results);
