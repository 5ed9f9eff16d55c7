import { describe, expect, test } from "@jest/globals";
import { type Counters, createCounters } from "./counters.ts";
import { createNamespaceShare } from "./namespaceShare.ts";

const series = (code: string, metric = "istio_requests_total") => `${metric}{reporter="destination",code="${code}"}`;
const metrics = new Set(["istio_requests_total"]);

/** Adds a snapshot of values by series, two seconds after the last one. */
function feed(counters: Counters, values: Record<string, number>, more: { gapMs?: number; isNew?: boolean } = {}) {
  expect(addedTo(counters, values, more)).toBeUndefined();
}

function addedTo(counters: Counters, values: Record<string, number>, more: { gapMs?: number; isNew?: boolean } = {}) {
  const last = counters.length > 0 ? counters.timeOf(0) : 0;
  const { gapMs = 2_000, isNew = false } = more;
  const map = new Map(Object.entries(values));
  const asked = new Set([...metrics, ...Object.keys(values).map((text) => text.slice(0, text.indexOf("{")))]);
  return counters.add({ at: last + gapMs, errorMs: 1, metrics: asked, values: map, isNewConnection: isNew });
}

const seriesOf = (counters: Counters) =>
  counters.series([
    "istio_requests_total",
    ...["istio_request_bytes_sum", "istio_request_duration_milliseconds_bucket"],
  ]);

/** What was counted since the first snapshot. */
const counted = (counters: Counters) =>
  seriesOf(counters).reduce((sum, one) => sum + counters.total(one, { newer: 0, share: 0 }), 0);

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

  test("begin a metric that is asked for again with a baseline, however long it was not asked for", () => {
    const [requests, bytes] = [series("200"), series("200", "istio_request_bytes_sum")];
    for (const pauses of [1, 5, 11, 12, 40]) {
      const counters = createCounters(createNamespaceShare(() => 0));
      feed(counters, { [requests]: 70, [bytes]: 1e6 });
      feed(counters, { [requests]: 71, [bytes]: 1e6 + 400 });
      for (let index = 0; index < pauses; index++) feed(counters, { [requests]: 72 });
      feed(counters, { [requests]: 73, [bytes]: 1e9 });
      const again = counters.timeOf(0);
      expect(counted(counters)).toBeLessThanOrEqual(3 + 400);
      feed(counters, { [requests]: 74, [bytes]: 1e9 + 400 });
      expect(counted(counters)).toBeLessThanOrEqual(4 + 800);
      // Until then its increase is not known, and not 0.
      const covers = (metric: string, from: number) => counters.covers(metric, from);
      expect([covers("istio_request_bytes_sum", again), covers("istio_request_bytes_sum", again - 1)]).toEqual([
        true,
        false,
      ]);
      expect(covers("istio_requests_total", 2_000)).toBe(true);
    }
  });

  test("a metric is known since the birth of a new proxy, and since the first scrape of another", () => {
    const [old, born] = [
      createCounters(createNamespaceShare(() => 0)),
      createCounters(
        createNamespaceShare(() => 0),
        0,
      ),
    ];
    expect(born.readAt).toBe(Number.NEGATIVE_INFINITY);
    for (const counters of [old, born]) feed(counters, { [series("200")]: 70 });
    expect([old, born].map((counters) => counters.covers("istio_requests_total", -1_000))).toEqual([false, true]);
    expect([old, born].map(({ readAt }) => readAt)).toEqual([2_000, 2_000]);
  });

  const others = (count: number, from = 0) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [series(`${from + index}`), 1]));

  test("store a bounded number of series when labels change all the time", () => {
    const share = createNamespaceShare(() => 0);
    const counters = createCounters(share);
    for (let index = 0; index < 500; index++) feed(counters, { [series(`${index}`)]: 1 });
    expect(seriesOf(counters).length).toBeLessThan(30);
    let refused = 0;
    for (let index = 0; index < 50; index++) {
      refused += addedTo(counters, others(500, 500 * index)) === undefined ? 0 : 1;
      expect(seriesOf(counters).length).toBeLessThanOrEqual(2_000);
    }
    expect(refused).toBeGreaterThan(5);
    // What was refused is no smaller total: everything begins again.
    addedTo(counters, others(2_000, 1e6));
    expect(addedTo(counters, others(1, 2e6))?.sentence).toMatch(/more than 2000 series in the last seconds/);
    expect([counters.length, seriesOf(counters).length, share.stored]).toEqual([0, 0, 0]);
  });

  test("remove histograms, the largest first, before requests lose their history", () => {
    const share = createNamespaceShare(() => 0);
    const counters = createCounters(share);
    const of = (metric: string, count: number, from: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [series(`${from + index}`, metric), 1]));
    const [small, large] = ["istio_request_bytes_sum", "istio_request_duration_milliseconds_bucket"];
    const removed = new Set<string>();
    for (let index = 0; index < 20; index++) {
      const values = { ...of(small, 100, 0), ...of(large, 300, 300 * index), [series("200")]: 10 * index };
      for (const metric of addedTo(counters, values)?.metrics ?? []) removed.add(metric);
      expect(counted(counters)).toBeGreaterThanOrEqual(10 * index);
      expect(counters.covers("istio_requests_total", 2_000)).toBe(true);
      expect(counters.covers(small, 2_000)).toBe(true);
    }
    expect([...removed]).toEqual([large]);
    counters.clear();
    expect(share.stored).toBe(0);
  });

  test("of a namespace use bounded memory, which is given back", () => {
    const share = createNamespaceShare(() => 0);
    const all = Array.from({ length: 100 }, () => createCounters(share));
    const sentences = all.map((counters, index) => addedTo(counters, others(1_500, 1e6 * index)));
    const refused = sentences.flatMap((one) => one?.sentence ?? []);
    expect(refused.length).toBeGreaterThan(50);
    expect(new Set(refused)).toEqual(new Set(["the series of the namespace's proxies need more than 32 MiB"]));
    expect(share.stored).toBeLessThanOrEqual(32 * 1024 * 1024);
    for (const counters of all) counters.clear();
    expect(share.stored).toBe(0);
  });

  test("of a thousand pods with the same series share the memory of their texts", () => {
    const share = createNamespaceShare(() => 0);
    for (let index = 0; index < 1_000; index++) expect(addedTo(createCounters(share), others(50))).toBeUndefined();
    expect(share.stored).toBeLessThan(25 * 1024 * 1024);
  });
});
