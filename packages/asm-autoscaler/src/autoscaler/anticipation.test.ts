import { anticipateQuery, anticipationOf, parseQuery } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { hpaOf, KEY, podinfo, warningsOf } from "../../testing/recordAutoscaler";
import { recordStack } from "../../testing/recordStack";
import { ManagedPrometheus } from "../managedPrometheus";
import { MeshPrometheus, OperatorPrometheus } from "../prometheus";
import {
  AnticipateMode,
  Reaction,
  type TrafficAnticipateArgs,
  TrafficAutoscaler,
  type TrafficAutoscalerArgs,
  TrafficPeriod,
} from ".";
import { knownInputs } from "./knownInputs";
import { autoscalerWarnings } from "./warnings";

const daily: TrafficAnticipateArgs = { period: TrafficPeriod.Day };
const withAhead = (anticipate: TrafficAnticipateArgs) => ({
  ...podinfo,
  metrics: [{ requestsPerSecond: 10, anticipate }],
});
const AHEAD = "podinfo-requests-per-second-ahead";

describe("an anticipated load", () => {
  test("is an annotation alone while it is observed, which is the default", async () => {
    const { metadata, spec } = await hpaOf(withAhead(daily));
    expect(spec.metrics).toHaveLength(1);
    const load = metadata.annotations[`${KEY}podinfo-requests-per-second`] ?? "";
    const anticipate = { periodSeconds: 86_400, leadSeconds: 600, periods: 3, growth: true };
    expect(metadata.annotations).toEqual({
      [`${KEY}podinfo-requests-per-second`]: load,
      [`${KEY}${AHEAD}`]: anticipateQuery(load, anticipate),
      [`${KEY}anticipates.${AHEAD}`]: "podinfo-requests-per-second",
      [`${KEY}interval.${AHEAD}`]: "1m",
    });
  });

  test("is one more metric with the target of its load when it acts", async () => {
    const { spec } = await hpaOf(withAhead({ ...daily, mode: AnticipateMode.Act }));
    expect(spec.metrics).toHaveLength(2);
    expect(spec.metrics[1]?.external?.target).toEqual(spec.metrics[0]?.external?.target);
    expect(spec.metrics[1]?.external?.metric.selector.matchLabels).toEqual({ "query-name": AHEAD });
  });

  test("is of Prometheus, also if the load of now is of the pods", async () => {
    const { metadata } = await hpaOf({ ...withAhead(daily), reaction: Reaction.Direct });
    expect(metadata.annotations).toHaveProperty([`${KEY}reaction.podinfo-requests-per-second`], "direct");
    expect(metadata.annotations).not.toHaveProperty([`${KEY}reaction.${AHEAD}`]);
  });

  test("has a name that leaves room for its annotations, however long the workload's is", async () => {
    const { metadata } = await hpaOf({ ...withAhead(daily), target: "a".repeat(60) });
    const keys = Object.keys(metadata.annotations).map((key) => key.slice(key.indexOf("/") + 1));
    for (const key of keys) expect(key.length).toBeLessThanOrEqual(63);
    expect(keys).toHaveLength(4);
  });

  const anticipated = async (more: Partial<TrafficAnticipateArgs>) => {
    const { metadata } = await hpaOf(withAhead({ ...daily, ...more }));
    const parsed = parseQuery(metadata.annotations[`${KEY}${AHEAD}`] ?? "");
    return parsed.ok ? anticipationOf(parsed.query)?.anticipate : undefined;
  };

  test("is as its arguments say", async () => {
    expect(await anticipated({ period: TrafficPeriod.Week, lead: "30m", periods: 2, growth: false })).toEqual({
      periodSeconds: 604_800,
      leadSeconds: 1800,
      periods: 2,
      growth: false,
    });
  });

  test("leaves out days of the clock on the wall, of which those that follow each other are one span", async () => {
    const at = (text: string) => Date.parse(text) / 1000;
    // 29 March 2026 has 23 hours in Berlin.
    const except = ["2026-12-25", "2026-03-29", "2026-12-24", "2026-12-25"];
    expect((await anticipated({ except, timeZone: "Europe/Berlin" }))?.except).toEqual([
      { from: at("2026-03-28T23:00:00Z"), to: at("2026-03-29T22:00:00Z") },
      { from: at("2026-12-23T23:00:00Z"), to: at("2026-12-25T23:00:00Z") },
    ]);
    expect((await anticipated({ except: ["2026-12-25"] }))?.except).toEqual([
      { from: at("2026-12-25T00:00:00Z"), to: at("2026-12-26T00:00:00Z") },
    ]);
  });
});

describe("is refused at preview", () => {
  const errorsOf = (args: object) => inputErrorsOf(() => new TrafficAutoscaler("web", { ...podinfo, ...args }));

  test("with all its errors at once", () => {
    const anticipate = { lead: "90s", periods: 1, except: ["2026-02-30", "tomorrow"], timeZone: "Mars" };
    expect(errorsOf({ metrics: [{ requestsPerSecond: 10, anticipate }] })).toEqual([
      ["metrics[0].anticipate.period", "ASM_ARGUMENT_MISSING"],
      ["metrics[0].anticipate.lead", "ASM_ANTICIPATE_INVALID"],
      ["metrics[0].anticipate.periods", "ASM_COUNT_INVALID"],
      ["metrics[0].anticipate.except[0]", "ASM_ANTICIPATE_INVALID"],
      ["metrics[0].anticipate.except[1]", "ASM_ANTICIPATE_INVALID"],
      ["metrics[0].anticipate.timeZone", "ASM_ANTICIPATE_INVALID"],
    ]);
  });

  test.each([
    [
      "for a signal that is not a load that clients decide",
      { errorRatio: 0.1, anticipate: daily },
      "ASM_ARGUMENT_MISPLACED",
    ],
    [
      "with a period that does not exist",
      { requestsPerSecond: 10, anticipate: { period: "Month" } },
      "ASM_CHOICE_UNKNOWN",
    ],
    [
      "with more days than a query holds",
      { requestsPerSecond: 10, anticipate: { ...daily, except: everyOtherDay(200) } },
      "ASM_QUERY_INVALID",
    ],
  ])("%s", (_what, metric, code) => {
    expect(errorsOf({ metrics: [metric] })).toEqual([[expect.stringContaining("metrics[0].anticipate"), code]]);
  });
});

function everyOtherDay(count: number): string[] {
  const first = Date.UTC(2026, 0, 1);
  return Array.from({ length: count }, (_, index) =>
    new Date(first + 2 * index * 86_400_000).toISOString().slice(0, 10),
  );
}

describe("a preview warns that the history is short", () => {
  const weekly = withAhead({ period: TrafficPeriod.Week });
  const warned = (retentionDays: number | undefined, args: TrafficAutoscalerArgs) =>
    warningsOf(() => {
      new MeshPrometheus("metrics", retentionDays === undefined ? {} : { retentionDays });
      new TrafficAutoscaler("web", args);
    });

  test("but not for days, with enough of it, or without a MeshPrometheus", async () => {
    expect(await warned(undefined, weekly)).toEqual(["metrics[0].anticipate: ASM_HISTORY_SHORT"]);
    expect(await warned(22, weekly)).toEqual([]);
    expect(await warned(undefined, withAhead(daily))).toEqual([]);
    expect(await warningsOf(() => void new TrafficAutoscaler("web", weekly))).toEqual([]);
  });

  test("but not if another Prometheus may be the one that is queried", async () => {
    const program = (args: TrafficAutoscalerArgs, more: () => void) => () => {
      new MeshPrometheus("metrics");
      more();
      new TrafficAutoscaler("web", args);
    };
    const chart = () => void new OperatorPrometheus("chart", { release: "prometheus", scrapeEnvoy: true });
    const larger = () => void new MeshPrometheus("larger", { retentionDays: 22 });
    expect(await warningsOf(program({ ...weekly, prometheusServerAlias: "eu" }, () => undefined))).toEqual([]);
    expect(await warningsOf(program(weekly, chart))).toEqual([]);
    const managed = () => void new ManagedPrometheus("arms", { url: "https://prometheus.example" });
    expect(await warningsOf(program(weekly, larger))).toEqual([]);
    expect(await warningsOf(program(weekly, managed))).toEqual([]);
  });

  test("also if the namespace of the MeshPrometheus is known later", async () => {
    const program = () => {
      new MeshPrometheus("metrics", { namespace: pulumi.output("monitoring") });
      new TrafficAutoscaler("web", weekly);
    };
    expect(await warningsOf(program)).toEqual(["metrics[0].anticipate: ASM_HISTORY_SHORT"]);
  });

  test("with the days and the disk that it needs", async () => {
    let said: unknown;
    await recordStack(() => {
      new MeshPrometheus("metrics");
      [said] = autoscalerWarnings(knownInputs(weekly));
    });
    expect(said).toMatchObject({
      message: "What is anticipated needs 22 days of history, and the MeshPrometheus keeps 7",
      remedy: "Set retentionDays of the MeshPrometheus to 22; for 500 pods its disk is then 50 GiB instead of 20",
    });
  });
});
