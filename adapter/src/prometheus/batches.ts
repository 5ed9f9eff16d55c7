import type { Query, TemplateInstance } from "@asm-autoscaler/hpa-metrics";
import type { Answer } from "./answer.ts";
import { isSmall, sized } from "./batchSize.ts";
import { type BatchResult, type BatchTuning, SLOW_GROUP_MS } from "./batchTuning.ts";
import { SLOW_REQUEST_MS } from "./lane.ts";
import type { Reply, Request } from "./requests.ts";

/** One query, and the namespaces whose HPAs request it. */
export interface Asked {
  readonly query: Query;
  readonly namespaces: readonly string[];
}

/** The stored state of one query. */
export interface QueryRecord {
  /** Until when the query is ungrouped, in ms of the clock passed to the query batcher. */
  ungroupedUntil: number;
  /**
   * Cost of the last request with this query, in ms. That request had only this query, or also others of its namespace.
   * Undefined before the first request.
   */
  costMs: number | undefined;
  /** Whether that request failed because of its queries, and not because of the server. */
  hasFailed: boolean;
}

/** One query that is being evaluated. */
export interface PendingQuery {
  readonly text: string;
  /** The query as an instance of a query template. Undefined if the query has no template. */
  readonly instance: TemplateInstance | undefined;
  readonly record: QueryRecord;
  /** The namespaces whose HPAs request it. */
  readonly namespaces: readonly string[];
  /** The result of `homeOf` for `namespaces`. */
  readonly home: string;
  land(answer: Answer): void;
}

/** A pending query that has a template. */
export interface PendingInstance extends PendingQuery {
  readonly instance: TemplateInstance;
}

/**
 * Queries of one template that may be sent as one grouped query. They all have the same home, or several homes if
 * `home` is undefined.
 */
export interface Batch {
  readonly home: string | undefined;
  readonly evaluations: readonly PendingInstance[];
}

/**
 * Divides queries of one template into batches. A query is grouped with queries of other namespaces only if its last
 * request was quick and did not fail. That request had only queries of its own namespace, so a namespace pays first for
 * the load that it adds. Slow queries are in a separate batch of their namespace.
 */
export function batchesOf(evaluations: readonly PendingInstance[], mayShare: (home: string) => boolean): Batch[] {
  const homes = Map.groupBy(evaluations, ({ home }) => home);
  const shared = new Map<string, PendingInstance[]>();
  for (const [home, own] of homes) {
    const ready = mayShare(home) ? own.filter(isShareable) : [];
    if (ready.length > 0 && isSmall(ready.map(({ instance }) => instance))) shared.set(home, ready);
  }
  if (shared.size < 2) shared.clear();
  const batches: Batch[] = shared.size > 0 ? [{ home: undefined, evaluations: [...shared.values()].flat() }] : [];
  for (const [home, own] of homes) {
    const left = shared.has(home) ? own.filter((evaluation) => !isShareable(evaluation)) : own;
    for (const part of Map.groupBy(left, isSlow).values()) batches.push({ home, evaluations: part });
  }
  return batches;
}

/** Splits a batch by home. */
export function byHome({ evaluations }: Batch): Batch[] {
  return [...Map.groupBy(evaluations, ({ home }) => home)].map(([home, own]) => ({ home, evaluations: own }));
}

/** Splits a batch into two halves. */
export function halves({ home, evaluations }: Batch): Batch[] {
  const middle = Math.ceil(evaluations.length / 2);
  return [
    { home, evaluations: evaluations.slice(0, middle) },
    { home, evaluations: evaluations.slice(middle) },
  ];
}

/** Splits a batch by the values of labels. */
export function byLabels({ home, evaluations }: Batch, labels: { has(label: string): boolean }): Batch[] {
  const parts = Map.groupBy(evaluations, ({ instance }) =>
    JSON.stringify(instance.values.filter((_, index) => labels.has(instance.template.labels[index] ?? ""))),
  );
  return [...parts.values()].map((part) => ({ home, evaluations: part }));
}

/** Splits a batch into groups by the split labels, the limit of the batch tuning, and the size of a query. */
export function groupsOf(batch: Batch, { limit, splitLabels }: BatchTuning): Batch[] {
  return byLabels(batch, splitLabels).flatMap(({ home, evaluations }) =>
    sized(evaluations, limit).map((group) => ({ home, evaluations: group })),
  );
}

/** Returns the namespaces whose share the request uses, and its speed. The slowest query sets the speed. */
export function requestOf(evaluations: readonly PendingQuery[]): Pick<Request, "namespaces" | "speed"> {
  const namespaces = [...new Set(evaluations.flatMap((evaluation) => evaluation.namespaces))];
  if (evaluations.some(isSlow)) return { namespaces, speed: "slow" };
  const isUnknown = evaluations.some(({ record }) => record.costMs === undefined);
  return { namespaces, speed: isUnknown ? "unknown" : "quick" };
}

/**
 * Stores the cost and the failure of a request of one home. A request that failed quickly does not change the cost of
 * its queries.
 */
export function note(evaluations: readonly PendingQuery[], { answer, isSent, isOwnProblem, costMs }: Reply): void {
  if (!isSent) return;
  for (const { record } of evaluations) {
    if (answer.ok || costMs > SLOW_GROUP_MS) record.costMs = costMs;
    if (answer.ok || isOwnProblem) record.hasFailed = isOwnProblem;
  }
}

/** Returns a key that is equal for equal sets of namespaces. */
export function homeOf(namespaces: readonly string[]): string {
  return namespaces.length > 1 ? JSON.stringify([...namespaces].sort()) : (namespaces[0] ?? "");
}

function isSlow({ record: { costMs } }: PendingQuery): boolean {
  return costMs !== undefined && costMs > SLOW_REQUEST_MS;
}

function isShareable({ record: { costMs, hasFailed } }: PendingQuery): boolean {
  return costMs !== undefined && costMs <= SLOW_GROUP_MS && !hasFailed;
}

/** Adds the request's duration to the answer, unless a query of another namespace may have made the request slow. */
export function withTime(
  answer: Answer,
  { home }: Pick<Batch, "home">,
  { answer: { tookMs }, costMs, isSlow }: Reply,
): Answer {
  if (tookMs === undefined || (home === undefined && costMs > SLOW_GROUP_MS)) return answer;
  return answer.ok || !isSlow ? { ...answer, tookMs } : { ...answer, tookMs, othersWereQuick: true };
}

/** What a grouped query cost, for the batch tuning. `extraSeries` is the number of samples that no instance requested. */
export function trialOf(
  evaluations: readonly PendingInstance[],
  answer: Answer & { ok: true },
  extraSeries: number,
): BatchResult {
  const { samplesRead, evaluationMs } = answer;
  return {
    instances: evaluations.length,
    own: answer.samples.length - extraSeries,
    extraSeries,
    distinct: distinct(evaluations),
    ...(samplesRead === undefined ? {} : { samplesRead }),
    ...(evaluationMs === undefined ? {} : { evaluationMs }),
  };
}

/** For each label of the instances: how many different values, or sets of values, they have. */
export function distinct(evaluations: readonly PendingInstance[]): BatchResult["distinct"] {
  const labels = evaluations[0]?.instance.template.labels ?? [];
  return new Map(
    labels.map((label, index) => [
      label,
      new Set(evaluations.map(({ instance }) => instance.values[index]?.join("|"))).size,
    ]),
  );
}
