import { isLiteral, type TemplateInstance } from "hpa-metrics";
import type { Answer } from "./answer.ts";
import { type BatchTuning, SLOW_GROUP_MS } from "./batchTuning.ts";
import { SLOW_REQUEST_MS } from "./lane.ts";
import type { Reply, Request } from "./requests.ts";

/** What is remembered of one query. */
export interface QueryRecord {
  /** The query as one of its template; undefined where it has none. */
  instance: TemplateInstance | undefined;
  /** Until when it is asked alone, by the clock's ms. */
  ungroupedUntil: number;
  /** What the last request with it, alone or with others of its namespace, cost; unknown before the first. ms. */
  costMs: number | undefined;
  /** Whether that request failed for a reason of its own. */
  hasFailed: boolean;
}

/** One query under way. */
export interface PendingQuery {
  readonly text: string;
  readonly record: QueryRecord;
  /** The namespaces whose HPAs ask for it. */
  readonly namespaces: readonly string[];
  /** By `homeOf`. */
  readonly home: string;
  land(answer: Answer): void;
}

/** Flights of one template that may be asked as one: all of one home, or of several where that is absent. */
export interface Batch {
  readonly home: string | undefined;
  readonly evaluations: readonly PendingQuery[];
}

/** An alternation with escapes is looked up by value only up to so many. Source: maxSetMatches of Prometheus's model/labels/regexp.go. */
const MOST_ESCAPED = 250;
/** Most that one namespace adds to a group of several: members, and characters of their values. What has more goes by itself. */
const MOST_SHARED = 100;
const MOST_SHARED_TEXT = 10_000;

/**
 * Divides evaluations of one template into batches. A query joins those of other namespaces only after the last request with it, alone
 * or with others of its own namespace, was quick and did not fail: a namespace pays first for what it adds. Queries that are known
 * to be slow are apart from the others of their namespace.
 */
export function batchesOf(evaluations: readonly PendingQuery[], mayShare: (home: string) => boolean): Batch[] {
  const homes = Map.groupBy(evaluations, ({ home }) => home);
  const shared = new Map<string, PendingQuery[]>();
  for (const [home, own] of homes) {
    const ready = mayShare(home) ? own.filter(isShareable) : [];
    if (ready.length > 0 && isSmall(ready)) shared.set(home, ready);
  }
  if (shared.size < 2) shared.clear();
  const batches: Batch[] = shared.size > 0 ? [{ home: undefined, evaluations: [...shared.values()].flat() }] : [];
  for (const [home, own] of homes) {
    const left = shared.has(home) ? own.filter((evaluation) => !isShareable(evaluation)) : own;
    for (const part of Map.groupBy(left, isSlow).values()) batches.push({ home, evaluations: part });
  }
  return batches;
}

/** A batch by namespace. */
export function byHome({ evaluations }: Batch): Batch[] {
  return [...Map.groupBy(evaluations, ({ home }) => home)].map(([home, own]) => ({ home, evaluations: own }));
}

/** A batch in two halves. */
export function halves({ home, evaluations }: Batch): Batch[] {
  const middle = Math.ceil(evaluations.length / 2);
  return [
    { home, evaluations: evaluations.slice(0, middle) },
    { home, evaluations: evaluations.slice(middle) },
  ];
}

/** A batch in groups as experience has them. */
export function groupsOf({ home, evaluations }: Batch, { limit, splitLabels }: BatchTuning): Batch[] {
  const parts = Map.groupBy(evaluations, ({ record: { instance } }) =>
    JSON.stringify(instance?.values.filter((_, index) => splitLabels.has(instance.template.labels[index] ?? ""))),
  );
  return [...parts.values()].flatMap((part) => {
    const isPlain = part.every(({ record }) => record.instance?.values.every(isLiteral));
    const size = isPlain ? limit : Math.min(limit, MOST_ESCAPED);
    return Array.from({ length: Math.ceil(part.length / size) }, (_, index) => ({
      home,
      evaluations: part.slice(index * size, (index + 1) * size),
    }));
  });
}

/** On whose share a request with these queries goes, and as how slow: as the slowest of them. */
export function requestOf(evaluations: readonly PendingQuery[]): Pick<Request, "namespaces" | "speed"> {
  const namespaces = [...new Set(evaluations.flatMap((evaluation) => evaluation.namespaces))];
  if (evaluations.some(isSlow)) return { namespaces, speed: "slow" };
  const isUnknown = evaluations.some(({ record }) => record.costMs === undefined);
  return { namespaces, speed: isUnknown ? "unknown" : "quick" };
}

/** Remembers how a request of one home went; one that failed at once says nothing of what its queries cost. */
export function note(evaluations: readonly PendingQuery[], { answer, isSent, isOwnFault, costMs }: Reply): void {
  if (!isSent) return;
  for (const { record } of evaluations) {
    if (answer.ok || costMs > SLOW_GROUP_MS) record.costMs = costMs;
    if (answer.ok || isOwnFault) record.hasFailed = isOwnFault;
  }
}

/** The same for queries of the same namespaces. */
export function homeOf(namespaces: readonly string[]): string {
  return namespaces.length > 1 ? JSON.stringify([...namespaces].sort()) : (namespaces[0] ?? "");
}

function isSlow({ record: { costMs } }: PendingQuery): boolean {
  return costMs !== undefined && costMs > SLOW_REQUEST_MS;
}

function isShareable({ record: { costMs, hasFailed } }: PendingQuery): boolean {
  return costMs !== undefined && costMs <= SLOW_GROUP_MS && !hasFailed;
}

function isSmall(evaluations: readonly PendingQuery[]): boolean {
  if (evaluations.length > MOST_SHARED) return false;
  let length = 0;
  for (const { record } of evaluations) for (const value of record.instance?.values ?? []) length += value.length;
  return length <= MOST_SHARED_TEXT;
}
