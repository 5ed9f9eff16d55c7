import {
  type Anticipate,
  anticipatedLoad,
  anticipateQuery,
  groupOf,
  historyQuery,
  PERIOD_SECONDS,
  parseQuery,
  requestsPerSecondQuery,
  templateInstanceOf,
} from "@asm-autoscaler/hpa-metrics";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type LonePrometheus, startLonePrometheus } from "../src/lonePrometheus.ts";
import { remoteWrite, type WrittenSeries } from "./remoteWrite.ts";

// The query of an anticipated load on a real Prometheus with a written history, against its computation.

const DAY = PERIOD_SECONDS.Day;
const SCRAPE = 15;
/** The evaluation time: a whole minute. */
const NOW = Math.floor(Date.now() / 60_000) * 60;
const anticipate: Anticipate = { periodSeconds: DAY, leadSeconds: 600, periods: 3, growth: true };

/** Requests per second at a time: a day with a steep rise half-way through the next ten minutes. */
function daily(time: number): number {
  const sinceRise = (((time - NOW - 300) % DAY) + DAY) % DAY;
  return sinceRise < DAY / 2 ? 200 : 40;
}

const daysAgo = (time: number) => Math.ceil((NOW - time) / DAY);

/** Requests per second of each workload. Undefined while it has no pods. */
const workloads: Record<string, (time: number) => number | undefined> = {
  regular: daily,
  growing: (time) => daily(time) * (daysAgo(time) <= 1 && NOW - time < 7200 ? 1.3 : 1),
  attacked: (time) => daily(time) * (Math.abs(NOW - DAY - time) < 3600 ? 50 : 1),
  broken: (time) => (Math.abs(NOW - 2 * DAY - time) < 7200 ? undefined : daily(time)),
  young: (time) => (time < NOW - DAY - 7200 ? undefined : daily(time) * (time < NOW - DAY / 2 ? 3 : 1)),
  new: (time) => (time < NOW - 7200 ? undefined : daily(time)),
  gone: (time) => (time > NOW - 7200 ? undefined : daily(time)),
};
const load = (workload: string) => requestsPerSecondQuery({ workload, namespace: "shop" });

function series(workload: string, perSecond: (time: number) => number | undefined): WrittenSeries {
  const samples: [number, number][] = [];
  let count = 0;
  for (let time = NOW - 3 * DAY - 2 * 3600; time <= NOW; time += SCRAPE) {
    const rate = perSecond(time);
    if (rate === undefined) continue;
    count += rate * SCRAPE;
    samples.push([time * 1000, count]);
  }
  const labels = { destination_workload: workload, destination_workload_namespace: "shop", reporter: "destination" };
  return { labels: { __name__: "istio_requests_total", pod: `${workload}-1`, ...labels }, samples };
}

let prometheus: LonePrometheus;

beforeAll(async () => {
  prometheus = await startLonePrometheus({
    paths: [],
    scrapeIntervalSeconds: 15,
    acceptsWrites: true,
    metrics: () => "",
  });
  await remoteWrite(
    prometheus.url,
    Object.entries(workloads).map(([workload, of]) => series(workload, of)),
  );
}, 600_000);

afterAll(async () => {
  await prometheus?.stop();
}, 30_000);

interface Result {
  readonly metric: Record<string, string>;
  readonly value: [number, string];
  readonly values: [number, string][];
}

async function ask(path: string, parameters: Record<string, string | number>): Promise<Result[]> {
  const body = new URLSearchParams(
    Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const response = await fetch(`${prometheus.url}/api/v1/${path}`, { method: "POST", body });
  const { data, error } = (await response.json()) as { data?: { result: Result[] }; error?: string };
  if (!data) throw new Error(error);
  return data.result;
}

const readingOf = async (query: string) => Number((await ask("query", { query, time: NOW }))[0]?.value[1]);

/** The value of a load at each whole minute, as Prometheus shows it. */
async function loadsOf(workload: string): Promise<(time: number) => number | undefined> {
  const start = NOW - 3 * DAY - 3600;
  const [found] = await ask("query_range", { query: load(workload), start, end: NOW, step: 60 });
  const values = new Map(found?.values.map(([time, value]) => [time, Number(value)]));
  return (time) => values.get(time);
}

const EXPECTED: Record<string, { value: number; history: number }> = {
  regular: { value: 200, history: 3 },
  growing: { value: 260, history: 3 },
  attacked: { value: 200, history: 3 },
  broken: { value: 200, history: 2 },
  young: { value: 0, history: 1 },
  new: { value: 0, history: 0 },
  gone: { value: 0, history: 3 },
};

test.each(Object.keys(workloads))(
  "%s: what is anticipated is what is computed from the same history",
  async (workload) => {
    const loads = await loadsOf(workload);
    const computed = anticipatedLoad(anticipate, NOW, loads);
    expect(await readingOf(anticipateQuery(load(workload), anticipate))).toBeCloseTo(computed, 6);
    expect(computed).toBeCloseTo(EXPECTED[workload]?.value ?? Number.NaN, 0);
  },
);

test.each([
  ["without growth", { growth: false }],
  ["as the smaller of two", { periods: 2 }],
  ["of yesterday alone", { periods: 1 }],
  ["for half an hour", { leadSeconds: 1800 }],
  ["with an exception that is over", { except: [{ from: NOW - 60, to: NOW }] }],
  ["with an exception now", { except: [{ from: NOW, to: NOW + 1 }] }],
])("%s, the query and the computation agree", async (_what, more) => {
  for (const workload of ["growing", "attacked", "broken", "young"]) {
    const own = { ...anticipate, ...more };
    const computed = anticipatedLoad(own, NOW, await loadsOf(workload));
    expect(await readingOf(anticipateQuery(load(workload), own))).toBeCloseTo(computed, 6);
  }
});

test("the history of each is counted", async () => {
  for (const [workload, { history }] of Object.entries(EXPECTED))
    expect([workload, await readingOf(historyQuery({ query: load(workload), anticipate }))]).toEqual([
      workload,
      history,
    ]);
});

test("all workloads in one grouped query have the values that each has alone", async () => {
  const names = Object.keys(workloads);
  const queries = names.map((workload) => anticipateQuery(load(workload), anticipate));
  const instances = queries.flatMap((query) => {
    const parsed = parseQuery(query);
    return (parsed.ok && templateInstanceOf(parsed.query)) || [];
  });
  const group = groupOf(instances);
  const samples = (await ask("query", { query: group.text, time: NOW })).map(({ metric, value }) => ({
    labels: metric,
    value: Number(value[1]),
  }));
  const alone = await Promise.all(queries.map(readingOf));
  const split = group.split(samples);
  expect(names.map((_, index) => split.samplesOf(index).map(({ value }) => value))).toEqual(
    alone.map((value) => [value]),
  );
});
