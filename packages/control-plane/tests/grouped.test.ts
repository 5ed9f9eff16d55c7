import { setTimeout as delay } from "node:timers/promises";
import {
  type GroupSample,
  groupOf,
  parseQuery,
  type Query,
  type TemplateInstance,
  templateInstanceOf,
} from "@asm-autoscaler/hpa-metrics";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type LonePrometheus, startLonePrometheus } from "../src/lonePrometheus.ts";
import { groupedQuery, groupedSeries, membersMatchers } from "./groupedQuery.ts";

// What a group answers is held against what each of its queries answers alone, on a real Prometheus, at one moment.

let prometheus: LonePrometheus;
const begun = Date.now() - 100_000;

beforeAll(async () => {
  prometheus = await startLonePrometheus({
    paths: ["/metrics"],
    scrapeIntervalSeconds: 1,
    metrics: () => groupedSeries((Date.now() - begun) / 1000),
  });
  // As many scrapes as the longest range and subquery of the queries reach back.
  for (const end = Date.now() + 60_000; ; await delay(200)) {
    const answer = await ask(
      'count_over_time(load_total{w="web",n="shop",pod="p1",code="200"}[1m]) >= 14',
      Date.now() / 1000,
    );
    if (answer?.length === 1) break;
    if (Date.now() > end) throw new Error("Prometheus has not scraped often enough within a minute");
  }
}, 600_000);

afterAll(async () => {
  await prometheus?.stop();
}, 30_000);

type Sample = GroupSample & { text: string };

/** The samples of an instant query, or `undefined` where Prometheus refuses it. */
async function ask(query: string, atSeconds: number): Promise<Sample[] | undefined> {
  const response = await fetch(`${prometheus.url}/api/v1/query`, {
    method: "POST",
    body: new URLSearchParams({ query, time: String(atSeconds) }),
    signal: AbortSignal.timeout(10_000),
  });
  const { data } = (await response.json()) as {
    data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  return data?.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]), text: value[1] }));
}

function memberQueries(template: string, matchers: readonly string[]): Query[] {
  return matchers.flatMap((own) => {
    const parsed = parseQuery(template.replaceAll("$", () => `${own},c="all"`));
    return parsed.ok ? [parsed.query] : [];
  });
}

/** Samples as one text each, in no order: Prometheus gives none. Values are those it printed, so they are equal to the bit. */
function printed(samples: readonly GroupSample[]): string[] {
  return samples.map(({ labels, value }) => `${JSON.stringify(Object.entries(labels).sort())} ${value}`).sort();
}

/** Whether an instance has several values of a label. */
const hasSet = ({ values }: TemplateInstance) => values.some(({ length }) => length > 1);

test("a group answers for each of its queries what it answers alone, to the bit", async () => {
  const counts = { grouped: 0, alone: 0, refused: 0, withSamples: 0, ofSets: 0, ofSetsWithSamples: 0 };
  const at = Math.floor(Date.now() / 1000) - 1;
  const compare = async (queries: readonly Query[], instances: readonly TemplateInstance[]) => {
    const group = groupOf<GroupSample>(instances);
    const [answer, ...each] = await Promise.all(
      [group.text, ...queries.map(({ text }) => text)].map((text) => ask(text, at)),
    );
    if (!answer) {
      // A group fails with one of its own, or with an extra series, such as a pod that only another one has in its set.
      counts.refused++;
      if (!instances.some(hasSet)) expect(each).toContain(undefined);
      return;
    }
    counts.grouped++;
    const result = group.split(answer);
    const split = instances.map((_, index) => printed(result.samplesOf(index)));
    const hasSamples = split.some((samples) => samples.length > 0);
    if (hasSamples) counts.withSamples++;
    if (instances.some(hasSet)) {
      counts.ofSets++;
      if (hasSamples) counts.ofSetsWithSamples++;
    }
    expect({ group: group.text, split }).toEqual({
      group: group.text,
      split: each.map((samples) => printed(samples ?? [])),
    });
  };
  await fc.assert(
    fc.asyncProperty(groupedQuery, membersMatchers, async (template, matchers) => {
      const queries = memberQueries(template, matchers);
      const pairs = queries.flatMap((query) => {
        const instance = templateInstanceOf(query);
        return instance ? [{ query, instance }] : [];
      });
      if (pairs.length === 0) counts.alone++;
      // Sets that the query does not carry through to its result are a part of the template.
      for (const group of Map.groupBy(pairs, ({ instance }) => instance.template.key).values())
        await compare(
          group.map(({ query }) => query),
          group.map(({ instance }) => instance),
        );
    }),
    { numRuns: 900, endOnFailure: false },
  );
  process.stdout.write(`grouped queries: ${JSON.stringify(counts)}\n`);
  expect(counts.grouped).toBeGreaterThan(400);
  expect(counts.withSamples).toBeGreaterThan(300);
  expect(counts.ofSetsWithSamples).toBeGreaterThan(100);
  expect(counts.alone).toBeGreaterThan(20);
}, 600_000);
