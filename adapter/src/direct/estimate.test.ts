import { describe, expect, test } from "@jest/globals";
import { estimate } from "./estimate.ts";
import { requestRate, simulateFleet } from "./fleet.testing.ts";

/** Reads every 3 s over some minutes of faults, and compares each reading with what the proxies counted. */
function observe(seed: number) {
  const pods = 1 + (seed % 12);
  const scene = simulateFleet(seed, pods);
  const { random, fleet } = scene;
  const outside: object[] = [];
  let readings = 0;
  let held = 0;
  let rate = 20 + 200 * random();
  for (let round = 0; round < 60; round++) {
    const pod = fleet[Math.floor(random() * fleet.length)];
    const dice = random();
    if (dice < 0.1) rate = 400 * random() ** 2;
    else if (dice < 0.2) scene.add(true);
    else if (dice < 0.3 && pod?.leftAt === undefined && pod && fleet.length > 1) scene.terminate(pod);
    else if (dice < 0.4 && pod) scene.restart(pod, random() < 0.5);
    else if (dice < 0.5 && pod) scene.evict(pod);
    else if (dice < 0.6 && pod) pod.hangsUntil = scene.now() + 12_000 * random();
    else if (dice < 0.7 && pod) pod.slowMs = 2_500 * random();
    else if (dice < 0.8 && pod) pod.slowMs = 5;
    scene.run(3_000, rate);
    const result = estimate(requestRate, scene.proxies(), 0, scene.now());
    if (!result.ok) {
      held++;
      continue;
    }
    readings++;
    const { value, noise, at } = result;
    const truths = [6_000, 2_000].map((ms) => scene.truthBetween(at - ms, at));
    // The estimate is of the window or of the last interval, whose begin may lie in the middle of a step.
    const least = Math.min(...truths.map(({ perSecond, lost }) => perSecond - lost)) - noise;
    const most = Math.max(...truths.map(({ perSecond }) => perSecond)) + noise;
    const isTrue = value >= least && value <= most;
    if (!isTrue) outside.push({ seed, round, ...result, truths });
  }
  return { readings, held, outside };
}

describe("the estimate of a request rate", () => {
  test("differs from what the proxies counted by no more than its noise, over churn and faults", () => {
    const runs = Array.from({ length: 40 }, (_, seed) => observe(seed));
    const sum = (of: (run: (typeof runs)[number]) => number) => runs.reduce((all, run) => all + of(run), 0);
    expect(runs.flatMap(({ outside }) => outside)).toEqual([]);
    expect(sum(({ readings }) => readings)).toBeGreaterThan(1_000);
  });
});
