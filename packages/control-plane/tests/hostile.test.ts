import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { hostileAnswers } from "./hostile/answers.ts";
import { grow, holdOf, meteredBy, meterFile, type Surface } from "./hostile/holds.ts";
import { hostileObjects } from "./hostile/objects.ts";
import { proxiedRequests, strangersRequests } from "./hostile/requests.ts";
import { strangersReviews } from "./hostile/reviews.ts";
import { type Scene, startScene } from "./hostile/scene.ts";

/**
 * No input holds the adapter's event loop, and none takes its memory (docs/explanation/security.md). Each way in is tried at
 * its largest size only, or with HOSTILE=all from small to large, as each night.
 */

const IS_WHOLE = process.env["HOSTILE"] === "all";
/** The bar of 50 ms is that of an idle machine; beside other tests, and before V8 has compiled, a turn takes longer. */
const BAR_MS = IS_WHOLE ? 50 : 150;
const MOST_MIB = 200;

let scene: Scene;

beforeAll(async () => {
  scene = await startScene();
}, 600_000);

afterAll(async () => {
  await scene?.stop();
}, 60_000);

async function tryAll(surfaces: readonly Surface[]): Promise<void> {
  const found: string[] = [];
  let residentMiB = 0;
  for (const surface of surfaces) {
    const tried = IS_WHOLE ? surface : { ...surface, from: surface.to };
    const worst = await grow(tried, BAR_MS, scene.measure);
    residentMiB = Math.max(residentMiB, worst.residentMiB);
    const line = `${surface.name}: ${worst.holdMs.toFixed(0)} ms at ${worst.size}, ${worst.residentMiB.toFixed(0)} MiB`;
    if (IS_WHOLE) process.stdout.write(`${line}\n`);
    if (worst.holdMs > BAR_MS || worst.residentMiB > MOST_MIB) found.push(line);
  }
  expect(found).toEqual([]);
  const { count, failed } = scene.ordinary();
  expect(count).toBeGreaterThan(0);
  expect(failed).toBe(0);
}

describe("nobody holds up the adapter", () => {
  test("by a request without credentials", () => tryAll(strangersRequests(scene.stage)), 600_000);
  test("by a request through the API server", () => tryAll(proxiedRequests(scene.stage)), 120_000);
  test("by a review that anybody may ask for", () => tryAll(strangersReviews(scene.stage)), 600_000);
  test("by an answer of Prometheus", async () => tryAll(await hostileAnswers(scene.stage)), 600_000);
  test("by an HPA that a user of one namespace may create", () => tryAll(hostileObjects(scene.stage)), 1_800_000);
});

test("work that takes the square of an input's size is found", async () => {
  const directory = await mkdtemp(join(tmpdir(), "planted-"));
  const file = meterFile(directory);
  const script = fileURLToPath(new URL("hostile/planted.mjs", import.meta.url));
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, ...meteredBy(file) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [port] = (await once(child.stdout, "data")) as [Buffer];
    const surface: Surface = {
      name: "planted",
      from: 1024,
      to: 64 * 1024,
      send: (size) => fetch(`http://127.0.0.1:${Number(port)}`, { headers: { accept: "x".repeat(size) } }),
    };
    const found = await grow(surface, BAR_MS, (run) => holdOf(child.pid ?? 0, file, run));
    expect(found.holdMs).toBeGreaterThan(BAR_MS);
    expect(found.size).toBeLessThan(surface.to);
  } finally {
    child.kill("SIGKILL");
    await rm(directory, { recursive: true });
  }
}, 60_000);
