import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { emptySplit, offerRate, type Split, splitOver, totalsAt, wholeRequests } from "./counters.ts";

type Step = { seconds: number; rate?: number; pods?: Map<string, boolean> };

const rate = fc.double({ min: 0, max: 5_000, noNaN: true });
const pods = fc
  .dictionary(fc.constantFrom("a", "b", "c", "d", "e", "f"), fc.boolean(), { maxKeys: 6 })
  .map((entries) => new Map(Object.entries(entries)));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ seconds: fc.double({ min: 0, max: 120, noNaN: true }), rate }),
  fc.record({ seconds: fc.double({ min: 0, max: 120, noNaN: true }), pods }),
);

/** Plays steps and sums, apart from the model, what was offered while a pod was ready. */
function play(steps: readonly Step[]) {
  let split: Split = emptySplit(0);
  let now = 0;
  let offered = 0;
  let ofRemovedPods = 0;
  let podsThatCounted = 0;
  for (const { seconds, rate: nextRate, pods: nextPods } of steps) {
    if (split.receiving.size > 0) offered += split.requestsPerSecond * seconds;
    now += seconds;
    if (nextRate !== undefined) split = offerRate(split, now, nextRate);
    if (nextPods !== undefined) {
      for (const pod of split.pods.keys()) {
        if (nextPods.has(pod)) continue;
        ofRemovedPods += wholeRequests(split, now, pod) ?? Number.NaN;
        podsThatCounted += 1;
      }
      split = splitOver(split, now, nextPods);
    }
  }
  return { split, now, offered, ofRemovedPods, podsThatCounted };
}

describe("counters of an offered rate", () => {
  test("all pods together have counted what was offered, less than one request missing per pod", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { split, now, offered, ofRemovedPods, podsThatCounted } = play(steps);
        const living = [...split.pods.keys()];
        const counted = living.reduce(
          (sum, pod) => sum + (wholeRequests(split, now, pod) ?? Number.NaN),
          ofRemovedPods,
        );
        const rounding = 1e-6 * Math.max(1, offered);
        expect(counted).toBeLessThanOrEqual(offered + rounding);
        expect(counted).toBeGreaterThanOrEqual(offered - (living.length + podsThatCounted) - rounding);
      }),
    );
  });

  test("a counter never runs backwards while its pod exists", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.double({ min: 0, max: 100, noNaN: true }), (steps, later) => {
        const { split, now } = play(steps);
        for (const pod of split.pods.keys()) {
          const before = wholeRequests(split, now, pod) ?? Number.NaN;
          expect(wholeRequests(split, now + later, pod)).toBeGreaterThanOrEqual(before);
        }
      }),
    );
  });

  test("the rate is split evenly over ready pods, and an unready pod keeps its counter", () => {
    let split = offerRate(emptySplit(0), 0, 48);
    split = splitOver(
      split,
      0,
      new Map([
        ["a", true],
        ["b", true],
      ]),
    );
    split = splitOver(
      split,
      10,
      new Map([
        ["a", true],
        ["b", false],
      ]),
    );
    expect(wholeRequests(split, 10, "b")).toBe(240);
    expect(wholeRequests(split, 20, "a")).toBe(240 + 480);
    expect(wholeRequests(split, 20, "b")).toBe(240);
  });

  test("a new pod starts at zero and a removed pod is forgotten, also when its name comes back", () => {
    let split = splitOver(offerRate(emptySplit(0), 0, 10), 0, new Map([["a", true]]));
    split = splitOver(split, 10, new Map([["b", true]]));
    expect(wholeRequests(split, 10, "a")).toBeUndefined();
    expect(wholeRequests(split, 10, "b")).toBe(0);
    split = splitOver(split, 20, new Map([["a", true]]));
    expect(wholeRequests(split, 20, "a")).toBe(0);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("a rate of %p is refused", (bad) => {
    expect(() => offerRate(emptySplit(0), 0, bad)).toThrow("ASM_TRAFFIC_RATE");
  });

  test("what finds no pod is counted apart, and nothing is lost", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { split, now, offered } = play(steps);
        const { served, ended } = totalsAt(split, now);
        expect(served).toBeCloseTo(offered, 3);
        expect(ended).toBe(served);
        const empty = splitOver(offerRate(split, now, 10), now, new Map());
        const [before, after] = [totalsAt(empty, now), totalsAt(empty, now + 5)];
        expect(after.unserved - before.unserved).toBeCloseTo(50, 6);
        expect(after.served).toBe(before.served);
      }),
    );
  });
});
