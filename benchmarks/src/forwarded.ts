import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority } from "control-plane";
import { startAdapter } from "./adapterProcess.ts";
import type { ReadResult } from "./readers.ts";
import { readMetrics } from "./reading.ts";
import { startStandIn } from "./standIn.ts";
import { store } from "./store.ts";

/**
 * Forwarded reads: what a read of a neighbour's metric costs through the adapter, beside asking the neighbour itself.
 * The neighbour is a stand-in over TLS that answers at once. Both are read in turns, as the HPA controller reads 1,000
 * HPAs every 15 s, and then as fast as 8 connections can. `npm run forwarded -w benchmarks`.
 */
const METRIC = "neighbour-metric";
const HPAS = 1_000;
const CONNECTIONS = 8;
const ROUNDS = 3;
const SECONDS = 8;

/** Loaded into the adapter: there is no cluster DNS, and every Service is on this machine. */
const SERVICE_NAMES = `data:text/javascript,${encodeURIComponent(`
  import dns from "node:dns";
  const { lookup } = dns;
  dns.lookup = (host, ...rest) => lookup(host.endsWith(".svc") ? "127.0.0.1" : host, ...rest);
`)}`;

const ANSWER = JSON.stringify({
  kind: "ExternalMetricValueList",
  apiVersion: "external.metrics.k8s.io/v1beta1",
  metadata: {},
  items: [{ metricName: METRIC, metricLabels: null, timestamp: "2026-01-01T00:00:00Z", value: "42" }],
});

const directory = mkdtempSync(join(tmpdir(), "forwarded-"));
const authority = await createAuthority("neighbour CA");
const serving = await authority.issueServer("neighbour", ["neighbour.bench.svc"]);
const caFile = join(directory, "ca.crt");
writeFileSync(caFile, authority.certPem);
const neighbour = createServer({ cert: serving.certPem, key: serving.keyPem }, (_, response) => {
  response.writeHead(200, { "content-type": "application/json" }).end(ANSWER);
}).listen(0, "127.0.0.1");
await once(neighbour, "listening");
const { port } = neighbour.address() as AddressInfo;

/** The token of a ServiceAccount, which the adapter asks the API server for. */
const TOKEN = { spec: { expirationSeconds: 3_600 }, status: { token: "bench" } };
const standIn = await startStandIn(1, { more: (path) => (path.endsWith("/token") ? TOKEN : undefined) });
const delegate = `--delegate=name=neighbour,service=bench/neighbour:${port},ca-file=${caFile},metric=${METRIC}`;
process.env["NODE_OPTIONS"] = `--import=${SERVICE_NAMES}`;
const adapter = await startAdapter({ ...standIn, flags: [...standIn.flags, delegate] });
const { certPem, keyPem } = await standIn.frontProxy.issueClient("front-proxy-client");
const job = { certPem, keyPem, hpas: HPAS, connections: CONNECTIONS, metric: METRIC };
const ways = { direct: port, forwarded: adapter.port };

const results = [];
for (const rate of [HPAS / 15, undefined]) {
  const speed = rate === undefined ? {} : { rate };
  const read = (port: number, seconds: number) => readMetrics({ ...job, ...speed, port, seconds });
  // An adapter that has served for some minutes: its code is compiled.
  await readMetrics({ ...job, port: ways.forwarded, seconds: 10 });
  const direct: ReadResult[] = [];
  const forwarded: ReadResult[] = [];
  let cpuMs = 0;
  for (let round = 0; round < ROUNDS; round++) {
    direct.push(await read(ways.direct, SECONDS));
    const before = adapter.cpuMs();
    forwarded.push(await read(ways.forwarded, SECONDS));
    cpuMs += adapter.cpuMs() - before;
  }
  const [alone, through] = [middleOf(direct), middleOf(forwarded)];
  const added = { p50: through.p50 - alone.p50, p99: through.p99 - alone.p99 };
  if (alone.failed + through.failed > 0) throw new Error(`reads failed: ${alone.failed} and ${through.failed}`);
  const reads = forwarded.reduce((sum, { perSecond }) => sum + perSecond * SECONDS, 0);
  const adapterMicroseconds = (1_000 * cpuMs) / reads;
  results.push({ paced: rate !== undefined, direct: alone, forwarded: through, added, adapterMicroseconds });
  console.log(JSON.stringify(results.at(-1)));
}
await adapter.stop();
standIn.stop();
neighbour.closeAllConnections();
neighbour.close();
rmSync(directory, { recursive: true });
store("forwarded", { hpas: HPAS, connections: CONNECTIONS, results });

/** The median of each figure over the rounds. Failed reads are added up. */
function middleOf(rounds: readonly ReadResult[]) {
  const middle = (figure: (result: ReadResult) => number) =>
    rounds.map(figure).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? Number.NaN;
  return {
    perSecond: middle(({ perSecond }) => perSecond),
    p50: middle(({ p50 }) => p50),
    p99: middle(({ p99 }) => p99),
    failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
  };
}
