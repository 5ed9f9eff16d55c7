import { isLiteral, type Member } from "hpa-metrics";
import type { Answer } from "./answer.ts";
import { type Experience, SLOW_GROUP_MS } from "./batchTuning.ts";
import { SLOW_REQUEST_MS } from "./lane.ts";
import type { Reply, Request } from "./requests.ts";

/** What is remembered of one query. */
export interface QueryRecord {
  /** The query as one of its shape; undefined where it has none. */
  member: Member | undefined;
  /** Until when it is asked alone, by the clock's ms. */
  loneUntil: number;
  /** What the last request with it, alone or with others of its namespace, cost; unknown before the first. ms. */
  costMs: number | undefined;
  /** Whether that request failed for a reason of its own. */
  hasFailed: boolean;
}

/** One query under way. */
export interface Flight {
  readonly text: string;
  readonly record: QueryRecord;
  /** The namespaces whose HPAs ask for it. */
  readonly namespaces: readonly string[];
  /** By `homeOf`. */
  readonly home: string;
  land(answer: Answer): void;
}

/** Flights of one shape that may be asked as one: all of one home, or of several where that is absent. */
export interface Batch {
  readonly home: string | undefined;
  readonly flights: readonly Flight[];
}

/** An alternation with escapes is looked up by value only up to so many. Source: maxSetMatches of Prometheus's model/labels/regexp.go. */
const MOST_ESCAPED = 250;
/** Most that one namespace adds to a group of several: members, and characters of their values. What has more goes by itself. */
const MOST_SHARED = 100;
const MOST_SHARED_TEXT = 10_000;

/**
 * Divides flights of one shape into batches. A query joins those of other namespaces only after the last request with it, alone
 * or with others of its own namespace, was quick and did not fail: a namespace pays first for what it adds. Queries that are known
 * to be slow are apart from the others of their namespace.
 */
export function batchesOf(flights: readonly Flight[], mayShare: (home: string) => boolean): Batch[] {
  const homes = Map.groupBy(flights, ({ home }) => home);
  const shared = new Map<string, Flight[]>();
  for (const [home, own] of homes) {
    const ready = mayShare(home) ? own.filter(isShareable) : [];
    if (ready.length > 0 && isSmall(ready)) shared.set(home, ready);
  }
  if (shared.size < 2) shared.clear();
  const batches: Batch[] = shared.size > 0 ? [{ home: undefined, flights: [...shared.values()].flat() }] : [];
  for (const [home, own] of homes) {
    const left = shared.has(home) ? own.filter((flight) => !isShareable(flight)) : own;
    for (const part of Map.groupBy(left, isSlow).values()) batches.push({ home, flights: part });
  }
  return batches;
}

/** A batch by namespace. */
export function byHome({ flights }: Batch): Batch[] {
  return [...Map.groupBy(flights, ({ home }) => home)].map(([home, own]) => ({ home, flights: own }));
}

/** A batch in two halves. */
export function halves({ home, flights }: Batch): Batch[] {
  const middle = Math.ceil(flights.length / 2);
  return [
    { home, flights: flights.slice(0, middle) },
    { home, flights: flights.slice(middle) },
  ];
}

/** A batch in groups as experience has them. */
export function groupsOf({ home, flights }: Batch, { limit, parted }: Experience): Batch[] {
  const parts = Map.groupBy(flights, ({ record: { member } }) =>
    JSON.stringify(member?.values.filter((_, index) => parted.has(member.shape.labels[index] ?? ""))),
  );
  return [...parts.values()].flatMap((part) => {
    const isPlain = part.every(({ record }) => record.member?.values.every(isLiteral));
    const size = isPlain ? limit : Math.min(limit, MOST_ESCAPED);
    return Array.from({ length: Math.ceil(part.length / size) }, (_, index) => ({
      home,
      flights: part.slice(index * size, (index + 1) * size),
    }));
  });
}

/** On whose share a request with these queries goes, and as how slow: as the slowest of them. */
export function requestOf(flights: readonly Flight[]): Pick<Request, "namespaces" | "speed"> {
  const namespaces = [...new Set(flights.flatMap((flight) => flight.namespaces))];
  if (flights.some(isSlow)) return { namespaces, speed: "slow" };
  const isUnknown = flights.some(({ record }) => record.costMs === undefined);
  return { namespaces, speed: isUnknown ? "unknown" : "quick" };
}

/** Remembers how a request of one home went; one that failed at once says nothing of what its queries cost. */
export function note(flights: readonly Flight[], { answer, isSent, isOwnFault, costMs }: Reply): void {
  if (!isSent) return;
  for (const { record } of flights) {
    if (answer.ok || costMs > SLOW_GROUP_MS) record.costMs = costMs;
    if (answer.ok || isOwnFault) record.hasFailed = isOwnFault;
  }
}

/** The same for queries of the same namespaces. */
export function homeOf(namespaces: readonly string[]): string {
  return namespaces.length > 1 ? JSON.stringify([...namespaces].sort()) : (namespaces[0] ?? "");
}

function isSlow({ record: { costMs } }: Flight): boolean {
  return costMs !== undefined && costMs > SLOW_REQUEST_MS;
}

function isShareable({ record: { costMs, hasFailed } }: Flight): boolean {
  return costMs !== undefined && costMs <= SLOW_GROUP_MS && !hasFailed;
}

function isSmall(flights: readonly Flight[]): boolean {
  if (flights.length > MOST_SHARED) return false;
  let length = 0;
  for (const { record } of flights) for (const value of record.member?.values ?? []) length += value.length;
  return length <= MOST_SHARED_TEXT;
}
