import { problem } from "@asm-autoscaler/hpa-metrics";
import { createScene, type Scene, SYNC_MS, trafficHpa } from "./scene.testing.ts";

const hpa = (name: string, maxReplicas: number, targets: readonly number[]) =>
  trafficHpa({ namespace: "shop", name, targets, maxReplicas });
const HPAS = [hpa("podinfo", 10, [10]), hpa("cart", 10, [20, 50]), hpa("checkout", 4, [10]), hpa("search", 10, [10])];

/**
 * The four workloads of the pictures in the documentation: `podinfo` has followed a step in its traffic, `cart` is about
 * to grow, `checkout` is at its maximum of 4 and needs 8, and the query of `search` finds no series.
 *
 * @param minutes For how long the adapter has run.
 */
export function createShop(minutes: number): Scene {
  const steps = (minutes * 60_000) / SYNC_MS;
  const startsAt = Date.now() - steps * SYNC_MS;
  const scene = createScene(HPAS, startsAt);
  const failed = problem(
    "ASM_NO_SERIES",
    `the query finds no series; failing since ${new Date(startsAt).toISOString().slice(0, 19)}Z`,
  );
  const pods = [1, 1, 1];
  for (let step = 0; step <= steps; step++) {
    const at = step / steps;
    const noise = 1 + 0.03 * Math.sin(step * 2.1);
    const podinfo = (at < 0.4 ? 8 : Math.min(45, 8 + (at - 0.4) * 280)) * (at > 0.9 ? 1 : noise);
    const cart = step === steps ? 96 : (65 + 30 * Math.sin(at * 8 - 1)) * noise;
    const checkout = Math.min(72, 5 + at * 90) * (at > 0.9 ? 1 : noise);
    scene.read(0, [podinfo], grow(pods, 0, podinfo / 10, step === steps));
    scene.read(1, [cart, cart / 2], grow(pods, 1, cart / 20, step === steps));
    scene.read(2, [checkout], Math.min(4, grow(pods, 2, checkout / 10, step === steps)));
    scene.read(3, [failed], 1);
    if (step < steps) scene.step();
  }
  return scene;
}

/** Lets the number of pods follow what the load needs by one pod for each sync, and returns it. */
function grow(pods: number[], index: number, needed: number, isLast: boolean): number {
  const now = pods[index] ?? 1;
  if (!isLast) pods[index] = now + Math.sign(Math.ceil(needed) - now);
  return now;
}
