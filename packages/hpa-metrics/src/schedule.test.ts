import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseQuery } from "./promql/query";
import { type ScheduledReplicas, scheduleFloorQuery } from "./schedule";

const office: ScheduledReplicas = { replicas: 6, from: 8 * 60, to: 20 * 60 };

test.each([
  ["a window of every day", [office], "vector(6 * ((time() - 28800) % 86400 < bool 43200))"],
  [
    "the hours of China, eight before those of UTC",
    [{ ...office, utcOffsetMinutes: 480 }],
    "vector(6 * ((time() - 0) % 86400 < bool 43200))",
  ],
  [
    "days of the week, each from its own start",
    [{ ...office, days: [5, 1] }],
    "vector(6 * (((time() - 374400) % 604800 < bool 43200) + ((time() - 115200) % 604800 < bool 43200)))",
  ],
  [
    "the most of several windows",
    [office, { replicas: 9, from: 23 * 60, to: 60 }],
    "clamp_min(vector(6 * ((time() - 28800) % 86400 < bool 43200)), 9 * ((time() - 82800) % 86400 < bool 7200))",
  ],
])("%s", (_what, windows, query) => {
  expect(scheduleFloorQuery(windows)).toBe(query);
});

test("every schedule is a query", () => {
  const minute = fc.integer({ min: 0, max: 1439 });
  const window = fc.record({
    replicas: fc.integer({ min: 1, max: 5000 }),
    from: minute,
    to: minute,
    days: fc.uniqueArray(fc.integer({ min: 0, max: 6 })),
    utcOffsetMinutes: fc.integer({ min: -720, max: 840 }),
  });
  fc.assert(
    fc.property(fc.array(window, { minLength: 1, maxLength: 4 }), (windows) => {
      expect(parseQuery(scheduleFloorQuery(windows)).ok).toBe(true);
    }),
  );
});

/** The size the HPA controller asks for, as `GetExternalPerPodMetricReplicas` of Kubernetes 1.37 computes it. */
function desired(value: number, current: number, tolerance: number): number {
  const usage = Math.ceil(value * 1000);
  const ratio = usage / (1000 * current);
  return 1 - 0.1 <= ratio && ratio <= 1 + tolerance ? current : Math.ceil(usage / 1000);
}

describe("with the HPA controller's tolerance", () => {
  test.each([0, 0.01, 0.1, 0.25])(
    "of %d the floor holds from every smaller size and costs no more than it",
    (tolerance) => {
      const wrong: number[][] = [];
      for (let replicas = 1; replicas <= 1000; replicas += 1) {
        const query = scheduleFloorQuery([{ ...office, replicas }], tolerance);
        const value = Number(/^vector\(([\d.]+) /.exec(query)?.[1]);
        for (const current of [1, Math.ceil(replicas / 2), Math.max(1, replicas - 1), replicas]) {
          const next = desired(value, current, tolerance);
          const most = Math.ceil(replicas * (1 + tolerance));
          if (!(next >= replicas && next <= most)) wrong.push([replicas, current, next]);
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  test("up to ten replicas it is exact", () => {
    for (let replicas = 1; replicas <= 10; replicas += 1) {
      expect(scheduleFloorQuery([{ ...office, replicas }])).toContain(`vector(${replicas} *`);
    }
  });
});
