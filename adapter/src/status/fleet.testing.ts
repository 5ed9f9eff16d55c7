import { problem } from "@asm-autoscaler/hpa-metrics";
import { createScene, type Scene, SYNC_MS, trafficHpa } from "./scene.testing.ts";

const NO_SERIES = problem("ASM_NO_SERIES", "the query finds no series; failing since 2026-11-24T19:40:00Z");
const NAMES = ["cart", "checkout", "search", "catalog", "payment", "profile", "review", "podinfo"];
const STEPS = 60;

/**
 * Creates this number of HPAs in the guide's form, with fifteen minutes of history. Most are steady at 10 requests per
 * second and pod. A few grow, are at their maximum, or have a query without a result.
 */
export function createFleet(hpas: number): Scene {
  const objects = Array.from({ length: hpas }, (_, index) =>
    trafficHpa({
      namespace: index === 0 ? "test" : `team-${String.fromCharCode(97 + (index % 20))}`,
      name: index === 0 ? "podinfo" : `${NAMES[index % NAMES.length]}-${index}`,
      targets: [10],
      maxReplicas: 10,
    }),
  );
  const scene = createScene(objects, Date.now() - STEPS * SYNC_MS);
  for (let step = 0; step <= STEPS; step++) {
    for (let index = 0; index < hpas; index++) play(index, step, scene.read);
    if (step < STEPS) scene.step();
  }
  return scene;
}

/**
 * Plays one step of one HPA. The number determines the HPA's load, which rises and falls, and its pods follow the load.
 */
function play(index: number, step: number, read: Scene["read"]): void {
  const demand = (at: number) => 25 + (index % 7) * 4 + 20 * Math.sin((at + index) / 9);
  const needed = (at: number) => Math.ceil(demand(at) / 10);
  const isLost = index % 97 === 13 && step > 40;
  const isFull = index % 89 === 5;
  if (isLost) {
    read(index, [NO_SERIES], needed(40));
    return;
  }
  read(
    index,
    [isFull ? 140 + step / 3 : demand(step)],
    isFull ? Math.min(10, 6 + step) : Math.max(1, needed(step - 1)),
  );
}
