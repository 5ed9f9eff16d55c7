import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { arrivedBy, endedBy, endingPerSecond, idlePod, sendTo, type Work } from "./podWork.ts";

const work: fc.Arbitrary<Work> = fc.record({
  seconds: fc.double({ min: 0, max: 5, noNaN: true }),
  capacity: fc.double({ min: 0.5, max: 100, noNaN: true }),
  overloadedShare: fc.double({ min: 0, max: 1, noNaN: true }),
});
const steps = fc.array(
  fc.record({
    seconds: fc.double({ min: 0.01, max: 30, noNaN: true }),
    rate: fc.double({ min: 0, max: 200, noNaN: true }),
  }),
  { maxLength: 20 },
);

/** Sends one rate after the other. */
function play(work: Work, rates: readonly { seconds: number; rate: number }[]) {
  let [pod, now] = [idlePod(0, work), 0];
  for (const { seconds, rate } of rates) {
    pod = sendTo(pod, now, rate);
    now += seconds;
  }
  return { pod, now };
}

describe("the requests of a pod", () => {
  test("end after they come, never run backwards and are at most what the pod can do", () => {
    fc.assert(
      fc.property(work, steps, (one, rates) => {
        const { pod, now } = play(one, rates);
        for (let at = 0; at < now; at += now / 50) {
          expect(endedBy(pod, at)).toBeLessThanOrEqual(arrivedBy(pod, at) + 1e-6);
          expect(endedBy(pod, at)).toBeLessThanOrEqual(endedBy(pod, at + now / 50) + 1e-9);
          expect(endingPerSecond(pod, at)).toBeLessThanOrEqual(one.capacity ?? Number.NaN);
        }
      }),
    );
  });

  test("all end once no more come", () => {
    fc.assert(
      fc.property(work, steps, (one, rates) => {
        const { pod, now } = play(one, rates);
        const rest = sendTo(pod, now, 0);
        const waiting = arrivedBy(pod, now) - endedBy(pod, now);
        const over = now + 1 + waiting / (one.capacity ?? 1) + (one.seconds ?? 0);
        expect(endedBy(rest, over)).toBeCloseTo(arrivedBy(rest, over), 3);
      }),
    );
  });

  test("of a service time are counted that much later", () => {
    const { pod } = play({ seconds: 2 }, [{ seconds: 10, rate: 10 }]);
    expect([endedBy(pod, 2), endedBy(pod, 5), arrivedBy(pod, 5)]).toEqual([0, 30, 50]);
  });

  test("of an overloaded pod that ends nothing show a falling rate, and end when others take over", () => {
    let pod = sendTo(idlePod(0, { capacity: 20, overloadedShare: 0 }), 0, 15);
    pod = sendTo(pod, 10, 60);
    expect([endingPerSecond(pod, 9), endingPerSecond(pod, 15), endedBy(pod, 20)]).toEqual([15, 0, 150]);
    pod = sendTo(pod, 20, 10);
    // 600 wait. 20 a second end while 10 come, so nothing waits after another 60 s.
    expect([endingPerSecond(pod, 21), endingPerSecond(pod, 79), endingPerSecond(pod, 81)]).toEqual([20, 20, 10]);
    expect(endedBy(pod, 80)).toBeCloseTo(arrivedBy(pod, 80), 6);
  });
});
