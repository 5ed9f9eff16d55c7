import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { byName, hpa, queryKey } from "../conformance/hpa.ts";
import { metricPath } from "../conformance/stage.ts";
import { answer, sample } from "../conformance/standIn.ts";
import { createHpa, deleteHpa, HOSTILE_NAMESPACE, largestHpas } from "../hostile/objects.ts";
import { WEBHOOK_PORT } from "../hostile/reviews.ts";
import { type Scene, startScene } from "../hostile/scene.ts";
import { type Pulse, pulseOf } from "../pulse.ts";
import { until } from "../until.ts";

/** A thousand ordinary HPAs beside hostile ones, another namespace's slow queries, and a flood of unauthenticated connections. */

const ORDINARY = 1_000;
const NAMESPACES = 10;
const FLOOD_SECONDS = Number(process.env["FLOOD_SECONDS"] ?? 120);
/** What a machine of two cores adds to the slowest of a hundred reads, whatever is measured, ms. */
const NOISE_MS = 15;

let scene: Scene;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
let next = 0;

beforeAll(async () => {
  // A thousand HPAs every two seconds would keep two cores busy by themselves.
  scene = await startScene(15);
  const namespaces = Array.from({ length: NAMESPACES }, (_, index) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: `team-${index}` },
  }));
  await scene.stage.apply(...namespaces);
  await inParallel(ORDINARY, async (index) => {
    const namespace = `team-${index % NAMESPACES}`;
    const annotations = { [queryKey("q")]: `vector(${index})`, [queryKey(`q${index}`)]: `vector(1) * ${index}` };
    await createHpa(scene.stage, hpa(`o-${index}`, [byName(`q${index}`)], { namespace, annotations }), namespace);
  });
  await until("all to be served", async () => await readOrdinary(ORDINARY - 1), 60);
}, 600_000);

afterAll(async () => {
  agent.destroy();
  await scene?.stop();
}, 60_000);

async function inParallel(count: number, make: (index: number) => Promise<unknown>): Promise<void> {
  let index = 0;
  const work = async () => {
    while (index < count) await make(index++);
  };
  await Promise.all(Array.from({ length: 20 }, work));
}

async function readOrdinary(index = next++ % ORDINARY): Promise<boolean> {
  const path = metricPath("prometheus-query", `query-name=q${index}`, `team-${index % NAMESPACES}`);
  return (await scene.stage.direct.proxied(path, { agent })).status === 200;
}

/** Alone they are measured over three rounds of the HPA controller, which reads all HPAs at once and keeps the adapter busy. */
const PROBES = { pauseMs: 50 };
const probe = async () => (await scene.stage.direct.get("/livez")).status === 200;
const usual = () => pulseOf(() => readOrdinary(), pause(15_000), { loops: 4 });

function report(what: string, pulse: Pulse): Pulse {
  const { count, failed, medianMs, p99Ms } = pulse;
  process.stdout.write(
    `${what}: ${count} reads, ${failed} failed, median ${medianMs.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms\n`,
  );
  return pulse;
}

/** Ends the adapter and starts it again; ms until it is ready. */
async function restart(): Promise<number> {
  await scene.stage.adapter.end("SIGTERM");
  const began = performance.now();
  await scene.stage.adapter.begin();
  return performance.now() - began;
}

describe("beside the largest hostile HPA of each kind", () => {
  let readyAloneMs = 0;

  beforeAll(async () => {
    readyAloneMs = await restart();
  }, 60_000);

  afterAll(async () => {
    for (const { name } of largestHpas()) await deleteHpa(scene.stage, name);
  });

  test("reads of ordinary ones go on as usual while they come, and once they are there", async () => {
    const alone = report("alone", await usual());
    const coming = async () => {
      for (const { object } of largestHpas()) {
        await createHpa(scene.stage, object);
        await pause(500);
      }
    };
    const live = report("while hostile HPAs come", await pulseOf(() => readOrdinary(), coming(), { loops: 4 }));
    const there = report("beside hostile HPAs", await usual());
    for (const pulse of [live, there]) {
      expect(pulse.failed).toBe(0);
      expect(pulse.p99Ms).toBeLessThan(2 * alone.p99Ms + NOISE_MS);
    }
  }, 300_000);

  test("the adapter is ready in the usual time, and serves all", async () => {
    const readyMs = await restart();
    process.stdout.write(`ready after ${readyMs.toFixed(0)} ms, alone after ${readyAloneMs.toFixed(0)} ms\n`);
    expect(readyMs).toBeLessThan(2 * readyAloneMs);
    await inParallel(ORDINARY, async (index) => expect(await readOrdinary(index)).toBe(true));
  }, 120_000);
});

test("another namespace's 200 queries of ten seconds delay nobody", async () => {
  const slow = Array.from({ length: 200 }, (_, index) => `sum(slow) * ${index}`);
  let underWay = 0;
  const waiting: (() => void)[] = [];
  // As Prometheus itself: twenty queries at a time, the others wait their turn.
  for (const query of slow) {
    scene.stage.standIn.plan.set(query, async (at) => {
      if (underWay === 20) await new Promise<void>((resolve) => waiting.push(resolve));
      else underWay++;
      await pause(10_000);
      const next = waiting.shift();
      if (next) next();
      else underWay--;
      return answer({ status: "success", data: { resultType: "scalar", result: [Number(at), "1"] } })(at);
    });
  }
  scene.stage.standIn.plan.set("sum(quick)", sample("1"));
  const alias = { [queryKey("prometheus-server-alias")]: "stand-in" };
  const quickHpa = hpa("quick", [byName("quick")], { annotations: { ...alias, [queryKey("quick")]: "sum(quick)" } });
  await createHpa(scene.stage, quickHpa, "default");
  const path = metricPath("prometheus-query", "query-name=quick");
  const readQuick = async () => (await scene.stage.direct.proxied(path, { agent })).status === 200;
  await until("the quick one", readQuick);
  const alone = report("quick query alone", await pulseOf(readQuick, pause(15_000), { loops: 2 }));
  await inParallel(slow.length, async (index) => {
    const annotations = { ...alias, [queryKey(`s${index}`)]: slow[index] ?? "" };
    const object = hpa(`s-${index}`, [byName(`s${index}`)], { namespace: HOSTILE_NAMESPACE, annotations });
    await createHpa(scene.stage, object);
  });
  const beside = report("beside 200 of ten seconds", await pulseOf(readQuick, pause(45_000), { loops: 2 }));
  await inParallel(slow.length, (index) => deleteHpa(scene.stage, `s-${index}`));
  expect(beside.failed).toBe(0);
  expect(beside.p99Ms).toBeLessThan(2 * alone.p99Ms + NOISE_MS);
}, 300_000);

test("a flood of unauthenticated connections on all ports keeps neither the API server's reads nor probes waiting, and leaves nothing behind", async () => {
  const { adapter, plane } = scene.stage;
  const scrape = async () => (await fetch(adapter.metricsUrl)).status === 200;
  /** What goes on at once with or without the flood: the API server's reads, probes and scrapes. */
  const traffic = (over: Promise<unknown>) =>
    Promise.all([
      pulseOf(() => readOrdinary(), over, { loops: 4 }),
      pulseOf(probe, over, PROBES),
      pulseOf(scrape, over, { pauseMs: 1_000 }),
    ]);
  const usually = await traffic(pause(60_000));
  const flood = fileURLToPath(new URL("../hostile/flood.mjs", import.meta.url));
  const ports = [`${adapter.port}:tls`, "7979", "8090", `${WEBHOOK_PORT}:tls`];
  const args = [flood, adapter.address, plane.addresses.component(42), "300", `${FLOOD_SECONDS}`, ...ports];
  const attack = async () => {
    // An attacker has processors of its own. At equal priority it would take the adapter's turn on these two cores.
    const child = spawn("nice", ["-n", "19", process.execPath, ...args], { stdio: ["ignore", "inherit", "inherit"] });
    await once(child, "exit");
  };
  let flooded: Pulse[] = [];
  const taken = await scene.measure(async () => {
    flooded = await traffic(attack());
  });
  process.stdout.write(`longest turn ${taken.holdMs.toFixed(0)} ms, ${taken.residentMiB.toFixed(0)} MiB resident\n`);
  for (const [index, what] of ["reads", "probes", "scrapes"].entries()) {
    const [alone, beside] = [usually[index], flooded[index]];
    if (!alone || !beside) throw new Error(`${what} were not measured`);
    report(`${what} alone`, alone);
    report(`${what} in the flood`, beside);
    expect(beside.failed).toBe(0);
    if (what !== "scrapes") expect(beside.p99Ms).toBeLessThan(2 * alone.p99Ms + NOISE_MS);
  }
  expect(taken.residentMiB).toBeLessThan(200);
  await until("the flood's connections to be gone", async () => (await sockets(adapter.pid())) < 60, 30);
}, 600_000);

/** Open sockets of a process. */
async function sockets(pid: number): Promise<number> {
  const { readdir, readlink } = await import("node:fs/promises");
  const files = await readdir(`/proc/${pid}/fd`);
  const targets = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => "")));
  return targets.filter((target) => target.startsWith("socket:")).length;
}
