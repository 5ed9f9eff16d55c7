import { describe, expect, test } from "@jest/globals";
import { type Counters, createCounters } from "./counters.ts";
import { createNamespaceShare } from "./namespaceShare.ts";

const series = (code: string, metric = "istio_requests_total") => `${metric}{reporter="destination",code="${code}"}`;
const metrics = new Set(["istio_requests_total"]);

/** Adds a snapshot of values by series, two seconds after the last one. */
function feed(counters: Counters, values: Record<string, number>, more: { gapMs?: number; isNew?: boolean } = {}) {
  const last = counters.length > 0 ? counters.timeOf(0) : 0;
  const { gapMs = 2_000, isNew = false } = more;
  const map = new Map(Object.entries(values));
  const asked = new Set([...metrics, ...Object.keys(values).map((text) => text.slice(0, text.indexOf("{")))]);
  counters.add({ at: last + gapMs, errorMs: 1, metrics: asked, values: map, isNewConnection: isNew });
}

/** What was counted since the first snapshot. */
const counted = (counters: Counters) =>
  counters.series().reduce((sum, one) => sum + counters.total(one, { newer: 0, share: 0 }), 0);

describe("the counters of a proxy", () => {
  test("begin with a baseline, or at the birth of a new proxy", () => {
    const [old, born] = [
      createCounters(createNamespaceShare(() => 0)),
      createCounters(
        createNamespaceShare(() => 0),
        0,
      ),
    ];
    for (const counters of [old, born]) feed(counters, { [series("200")]: 70 });
    expect([counted(old), counted(born)]).toEqual([0, 70]);
  });

  test("count a series that appears from zero, and a metric that is newly asked for from its baseline", () => {
    const counters = createCounters(createNamespaceShare(() => 0));
    feed(counters, { [series("200")]: 70 });
    feed(counters, { [series("200")]: 71, [series("503")]: 5 });
    expect(counted(counters)).toBe(6);
    feed(counters, { [series("200")]: 71, [series("503")]: 5, [series("200", "istio_request_bytes_sum")]: 1e9 });
    expect(counted(counters)).toBe(6);
  });

  test("count the reset of one series beside the growth of another, and an evicted series from zero", () => {
    const counters = createCounters(createNamespaceShare(() => 0));
    feed(counters, { [series("200")]: 70, [series("503")]: 70 });
    feed(counters, { [series("200")]: 90, [series("503")]: 4 });
    expect(counted(counters)).toBe(24);
    feed(counters, { [series("200")]: 90 });
    feed(counters, { [series("200")]: 90, [series("503")]: 6 });
    expect(counted(counters)).toBe(30);
  });

  test("count a restart from zero on a new connection, and not twice if it is told late", () => {
    const counters = createCounters(createNamespaceShare(() => 0));
    feed(counters, { [series("200")]: 70 });
    counters.restarted();
    feed(counters, { [series("200")]: 80 }, { isNew: true });
    expect(counted(counters)).toBe(80);
    counters.restarted();
    feed(counters, { [series("200")]: 85 });
    feed(counters, { [series("200")]: 86 }, { isNew: true });
    expect(counted(counters)).toBe(86);
  });

  test("begin again after a long gap with a reset, because what was lost in it is unknown", () => {
    const counters = createCounters(createNamespaceShare(() => 0));
    feed(counters, { [series("200")]: 70 });
    feed(counters, { [series("200")]: 80 }, { gapMs: 20_000 });
    expect([counted(counters), counters.length]).toEqual([10, 2]);
    feed(counters, { [series("200")]: 3 }, { gapMs: 20_000 });
    expect([counted(counters), counters.length]).toEqual([0, 1]);
  });

  test("store a bounded number of series when labels change all the time", () => {
    const counters = createCounters(createNamespaceShare(() => 0));
    for (let index = 0; index < 500; index++) feed(counters, { [series(`${index}`)]: 1 });
    expect(counters.series().length).toBeLessThan(30);
  });
});
