import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { DEFAULT_LOAD, type Load, sizeFor } from "./sizing";

const load: fc.Arbitrary<Load> = fc.record({
  pods: fc.integer({ min: 1, max: 100_000 }),
  scrapeIntervalSeconds: fc.integer({ min: 1, max: 300 }),
  retentionDays: fc.integer({ min: 1, max: 400 }),
});

test.each<[number, number, number, number]>([
  [1, 200, 512, 20],
  [500, 300, 1792, 20],
  [2_000, 900, 5632, 60],
  [10_000, 4_100, 26_624, 300],
])("%d pods: %d thousandths of a core, %d MiB of memory, %d GiB of disk", (pods, cpuMilli, memoryMiB, storageGiB) => {
  expect(sizeFor({ ...DEFAULT_LOAD, pods })).toEqual({ cpuMilli, memoryMiB, storageGiB });
});

test("more pods, a shorter interval or a longer retention never need less", () => {
  fc.assert(
    fc.property(load, fc.nat(10_000), (small, more) => {
      const size = sizeFor(small);
      const greater: Load[] = [
        { ...small, pods: small.pods + more },
        { ...small, retentionDays: small.retentionDays + more },
        { ...small, scrapeIntervalSeconds: Math.max(1, small.scrapeIntervalSeconds - more) },
      ];
      for (const each of greater.map(sizeFor)) {
        expect(each.cpuMilli).toBeGreaterThanOrEqual(size.cpuMilli);
        expect(each.memoryMiB).toBeGreaterThanOrEqual(size.memoryMiB);
        expect(each.storageGiB).toBeGreaterThanOrEqual(size.storageGiB);
      }
    }),
  );
});

test("all are whole numbers in their steps, so that a small change of the load changes nothing", () => {
  fc.assert(
    fc.property(load, (each) => {
      const { cpuMilli, memoryMiB, storageGiB } = sizeFor(each);
      expect([cpuMilli % 100, memoryMiB % 256, storageGiB % 10]).toEqual([0, 0, 0]);
      expect(storageGiB).toBeGreaterThanOrEqual(20);
    }),
  );
});

test("memory follows the pods, and neither retention nor interval", () => {
  const memory = (some: Partial<Load>) => sizeFor({ ...DEFAULT_LOAD, ...some }).memoryMiB;
  expect(memory({ retentionDays: 90, scrapeIntervalSeconds: 5 })).toBe(memory({}));
  expect(memory({ pods: 100_000 }) / memory({ pods: 10_000 })).toBeCloseTo(10, 0);
});
