import {
  type BrokenRule,
  type MetricRule,
  type Problem,
  problem,
  type RulesFile,
  type RulesResult,
} from "@asm-autoscaler/hpa-metrics";
import type { CustomMetrics } from "../api/customMetrics.ts";
import type { Clock } from "../clock.ts";
import { type Kubernetes, reason } from "../kubernetes/client.ts";
import { type Log, logProblem } from "../kubernetes/log.ts";
import type { Prometheus } from "../prometheus/prometheus.ts";
import type { ReadingCounts } from "../readings/readingCounts.ts";
import { createCustomMetrics } from "./customMetrics.ts";
import type { ObjectsRead } from "./customRead.ts";
import { createExternalRules, type ExternalRules, type ExternalValues, type SeriesRead } from "./externalRules.ts";
import { type Clash, createMetricIndex, type MetricIndex, type RuleNames, type RuleSeries } from "./metricIndex.ts";
import { createObjects, type ObjectsState } from "./objects.ts";
import type { ObjectValues } from "./objectValues.ts";
import { createResources } from "./resources.ts";
import { createRuleReadings } from "./ruleReadings.ts";
import { createRulesFile, type RulesFileState } from "./rulesFile.ts";
import { type AskedMetric, createSeenMetrics, type SeenMetric } from "./seenMetrics.ts";
import { createSeriesLists, type SeriesQueryState } from "./seriesLists.ts";

/** The rules of prometheus-adapter, and what they serve. */
export interface Rules {
  readonly custom: CustomMetrics;
  readonly external: ExternalRules;
  /** Whether a rule serves this external metric, or whether this is not known because the series are not listed. */
  mayServe(metric: string): boolean;
  state(): RulesState;
  /** The rule that serves a metric of an HPA, and what was read last. Undefined if no rule does. Evaluates nothing. */
  seen(asked: AskedMetric): SeenMetric | undefined;
  /** Resolves when the series of each rule were asked for once, successfully or not. */
  readonly listed: Promise<void>;
  run(signal: AbortSignal): Promise<void>;
}

/** What the status page, `explain` and the metrics endpoint show. */
export interface RulesState {
  readonly file: RulesFileState;
  /** Rules that are not served, with what the cluster lacks for them. */
  readonly broken: readonly BrokenRule[];
  readonly series: readonly SeriesQueryState[];
  /** Pairs of rules that give one metric. The last one is served. */
  readonly clashes: readonly Clash[];
  /** Why the kinds of objects are not known, or old. */
  readonly discovery: Problem | undefined;
  readonly objects: ObjectsState;
  /** Number of metrics. */
  readonly metrics: { readonly custom: number; readonly external: number };
  readonly reads: { readonly custom: ReadState; readonly external: ReadState };
}

/** The reads of one API. */
interface ReadState {
  /** Number of different reads that are repeated. */
  readonly cached: number;
  readonly counts: ReadingCounts;
}

export interface RulesOptions {
  /** `--prometheus-adapter-config`. */
  readonly path: string;
  readonly read: (text: string) => RulesResult | Promise<RulesResult>;
  readonly kubernetes: Kubernetes;
  readonly prometheus: Pick<Prometheus, "evaluate" | "series">;
  readonly clock: Clock;
  readonly log: Log;
  readonly relistMs: number;
  readonly maxAgeMs: number;
  readonly ttlMs: number;
  readonly defaultIntervalMs: number;
}

const NONE: MetricIndex = {
  custom: () => undefined,
  external: () => undefined,
  customNames: () => [],
  externalNames: () => [],
  clashes: [],
};

/** Creates the rules of a file. They serve nothing before `run`. */
export function createRules(options: RulesOptions): Rules {
  const { kubernetes, prometheus, clock, log } = options;
  const told = new Set<string>();
  /** Logs a problem once. */
  const tell = (found: Problem, place = "") => {
    const key = `${place} ${found.code} ${found.message}`;
    if (told.has(key)) return;
    if (told.size >= MOST_TOLD) told.clear();
    told.add(key);
    logProblem(log, found, place === "" ? {} : { place });
  };
  const resources = createResources(kubernetes, clock);
  const objects = createObjects(kubernetes, clock, (found) => tell(found));
  const names: RuleNames = new WeakMap();
  const { promise: listed, resolve: setListed } = Promise.withResolvers<void>();
  /** The rules that were read last, and those of the index. */
  let latest: RulesFile | undefined;
  let current: RulesFile | undefined;
  let index = NONE;
  let indexed: Promise<void> = Promise.resolve();
  let broken: readonly BrokenRule[] = [];

  const seriesLists = createSeriesLists({
    ...{ prometheus, clock, relistMs: options.relistMs, maxAgeMs: options.maxAgeMs },
    async onLists() {
      await resources.refresh();
      await reindex();
    },
    onProblem: (seriesQuery, found) => tell(seriesProblem(seriesQuery, found)),
  });

  const readingsOptions = {
    ...{ prometheus, clock, ttlMs: options.ttlMs, defaultIntervalMs: options.defaultIntervalMs },
    onProblem: (found: Problem, { title }: { title: string }) =>
      logProblem(log, { ...found, message: `${title}: ${found.message}` }),
    onRecovery: ({ title }: { title: string }) => log.info({}, `${title}: readings are back.`),
  };
  const customReadings = createRuleReadings<ObjectsRead, ObjectValues>(readingsOptions, ({ quantity }, evaluatedAt) => {
    return { evaluatedAt, values: new Map(), unusable: new Map(), ofEach: quantity };
  });
  const externalReadings = createRuleReadings<SeriesRead, ExternalValues>(
    readingsOptions,
    ({ quantity }, evaluatedAt) => {
      return { evaluatedAt, items: [{ labels: {}, quantity }] };
    },
  );

  /** The rules before stay in use. */
  const unexpected = (error: unknown) =>
    tell(problem("ASM_RULES_FILE", `the metrics of the rules cannot be listed: ${reason(error)}`));

  /** Makes the index of the latest rules from the lists. One at a time, so that no index of earlier rules ends last. */
  const reindex = () => {
    indexed = indexed.then(() => latest && indexOf(latest)).catch(unexpected);
    return indexed;
  };

  /** A rule whose resources the cluster does not have is broken. */
  const indexOf = async (rules: RulesFile) => {
    const lacking = new Map<MetricRule, Problem>();
    for (const rule of [...rules.custom, ...rules.external]) {
      const unknown = rule.unknownResources(resources.find);
      if (unknown.length === 0) continue;
      const message = `${rule.place} names ${unknown.join(", ")}, which the cluster does not have`;
      lacking.set(rule, problem("ASM_RULE_INVALID", message));
    }
    const next = await createMetricIndex({
      ...{ custom: rules.custom, externalRules: rules.external, broken: lacking, names, find: resources.find },
      seriesOf: (seriesQuery) => seriesLists.of(seriesQuery),
    });
    const found = [...rules.broken, ...[...lacking].map(([{ place }, one]) => ({ place, problem: one }))];
    [index, broken] = [next, found];
    if (current !== rules) {
      // A reading of a rule from before is not a reading of the rule that now gives the metric.
      customReadings.clear();
      externalReadings.clear();
    }
    current = rules;
    for (const { place, problem: one } of found) tell(one, place);
    for (const rule of [...rules.custom, ...rules.external])
      for (const one of rule.warnings(resources.find)) tell(one, rule.place);
    for (const clash of next.clashes) tell(sameName(clash));
  };

  const file = createRulesFile({
    ...{ path: options.path, read: options.read, log, now: clock.wall },
    /** The rules before serve until the series of the new ones are listed. */
    async onRules(rules) {
      await resources.refresh();
      await seriesLists.keep(seriesQueriesOf(rules));
      latest = rules;
      await reindex();
      setListed();
    },
  });

  const used = ({ rule, series }: RuleSeries) => seriesLists.used(rule.seriesQuery, series);

  const missed = (): Problem | undefined => {
    seriesLists.miss();
    void resources.refresh();
    const { problem: ofFile } = file.state();
    if (!current) return ofFile ?? problem("ASM_STARTING", "the adapter has not listed the series of the rules yet");
    const failed = seriesLists.state().find(({ problem: found }) => found !== undefined);
    return failed?.problem ? seriesProblem(failed.seriesQuery, failed.problem) : resources.problem();
  };

  return {
    custom: createCustomMetrics({
      ...{ find: resources.find, index: () => index, objects, readings: customReadings, used, missed },
    }),
    external: createExternalRules({ find: resources.find, index: () => index, readings: externalReadings, used }),
    mayServe: (metric) => current === undefined || index.external(metric) !== undefined,
    listed,
    state: () => ({
      ...{ file: file.state(), broken, series: seriesLists.state(), clashes: index.clashes },
      ...{ discovery: resources.problem(), objects: objects.state() },
      metrics: { custom: index.customNames().length, external: index.externalNames().length },
      reads: {
        custom: { cached: customReadings.size(), counts: customReadings.counts },
        external: { cached: externalReadings.size(), counts: externalReadings.counts },
      },
    }),
    seen: createSeenMetrics({
      ...{ find: resources.find, index: () => index, custom: customReadings, external: externalReadings },
    }),
    async run(signal) {
      await Promise.all([file.run(signal), seriesLists.run(signal), objects.run(signal)]);
    },
  };
}

/** Maximum number of problems that are remembered as told. */
const MOST_TOLD = 1_000;

function seriesQueriesOf({ custom, external }: RulesFile): string[] {
  return [...new Set([...custom, ...external].map(({ seriesQuery }) => seriesQuery))];
}

/** The problem of a list of series that failed. */
export function seriesProblem(seriesQuery: string, { message, remedy }: Problem): Problem {
  const text = `the series ${seriesQuery.slice(0, 200)} are not listed, so metrics may be missing: ${message}`;
  return problem("ASM_RULE_SERIES", text, { remedy });
}

/** The problem of two rules that give one metric. */
export function sameName({ metric, served, hidden }: Clash): Problem {
  const [last, first] = [served, hidden].map(({ rule, series }) => `${rule.place} (${series})`);
  return problem(
    "ASM_RULE_SAME_NAME",
    `${first} and ${last} both give the metric ${metric}; ${last} is served, as in prometheus-adapter`,
  );
}
