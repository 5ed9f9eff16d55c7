import type { Problem } from "@asm-autoscaler/hpa-metrics";
import type { Clock } from "../clock.ts";
import { pause, withOwnSignal } from "../kubernetes/pause.ts";
import type { Prometheus } from "../prometheus/prometheus.ts";
import type { LabelNames } from "../prometheus/seriesNames.ts";

/** The series of one `seriesQuery`. */
export interface SeriesQueryState {
  readonly seriesQuery: string;
  /** Number of names. */
  readonly names: number;
  /** Age of the last whole list, in ms. Undefined before the first one. */
  readonly ageMs: number | undefined;
  /** Why the last list failed or may lack series. Undefined if it was whole. */
  readonly problem: Problem | undefined;
}

/** The lists of series, one for each different `seriesQuery`. */
export interface SeriesLists {
  /** The names of a query's series with the names of their labels. Undefined before the first answer. */
  of(seriesQuery: string): ReadonlyMap<string, LabelNames> | undefined;
  /** Records that an HPA reads a series, so that its name stays while the series is briefly missing. */
  used(seriesQuery: string, series: string): void;
  /** Lists these queries now. When that ended, forgets all others. */
  keep(seriesQueries: readonly string[]): Promise<void>;
  /** Lists all queries again that were not listed within MISS_MS: a metric was asked for that no series gives. */
  miss(): void;
  state(): readonly SeriesQueryState[];
  /** Lists each query every relist interval, and after RETRY_MS if it failed, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface SeriesListsOptions {
  readonly prometheus: Pick<Prometheus, "series">;
  readonly clock: Clock;
  /** `--metrics-relist-interval` and `--metrics-max-age`, in ms. */
  readonly relistMs: number;
  readonly maxAgeMs: number;
  /** Called after the lists changed. */
  onLists(): Promise<void>;
  /** Called when the problem of a list begins or changes. */
  onProblem(seriesQuery: string, problem: Problem): void;
}

/**
 * Minimum time between the lists for metrics that no series gives, in ms. A new metric is found after this time and not
 * after the relist interval.
 */
const MISS_MS = 60_000;
/** Time after a failed list until the next attempt, in ms. */
const RETRY_MS = 15_000;
/** How long a name stays after its last read when its series are missing, in ms. */
const USED_MS = 3_600_000;

interface Name {
  labels: LabelNames;
  /** When it was in a list, in ms of the monotonic clock. */
  seenAt: number;
}

interface List {
  names: Map<string, Name> | undefined;
  labels: ReadonlyMap<string, LabelNames> | undefined;
  listedAt: number | undefined;
  /** When the last attempt began. */
  triedAt: number;
  problem: Problem | undefined;
}

/**
 * Creates the lists. Each query has its own: one that fails keeps its names and leaves the others alone. Queries are
 * listed one after the other, because a list of a whole cluster is work for Prometheus.
 */
export function createSeriesLists(options: SeriesListsOptions): SeriesLists {
  const { prometheus, clock, relistMs, maxAgeMs } = options;
  const lists = new Map<string, List>();
  const usedAt = new Map<string, number>();
  let isMissed = false;
  let woken = new AbortController();

  const isUsed = (seriesQuery: string, name: string, now: number) =>
    now - (usedAt.get(usedKey(seriesQuery, name)) ?? Number.NEGATIVE_INFINITY) <= USED_MS;

  const listOne = async (seriesQuery: string, list: List) => {
    list.triedAt = clock.monotonic();
    const { names: found, problem } = await prometheus.series(seriesQuery, clock.wall() - maxAgeMs);
    const now = clock.monotonic();
    const stays = (name: string, { seenAt }: Name) =>
      problem !== undefined || now - seenAt <= maxAgeMs || isUsed(seriesQuery, name, now);
    const names = inOrder(list.names ?? new Map(), found, stays, now);
    if (problem && problem.message !== list.problem?.message) options.onProblem(seriesQuery, problem);
    if (!problem) list.listedAt = now;
    list.problem = problem;
    if (problem && names.size === 0) return;
    list.names = names;
    list.labels = new Map([...names].map(([name, { labels }]) => [name, labels]));
  };

  const dueAt = ({ triedAt, problem }: List) => triedAt + (problem ? Math.min(RETRY_MS, relistMs) : relistMs);

  const listDue = async (): Promise<boolean> => {
    const now = clock.monotonic();
    const isDue = (list: List) => dueAt(list) <= now || (isMissed && now - list.triedAt >= MISS_MS);
    const due = [...lists].filter(([, list]) => isDue(list));
    isMissed = false;
    for (const one of due) await listOne(...one);
    for (const [key, at] of usedAt) if (clock.monotonic() - at > USED_MS) usedAt.delete(key);
    return due.length > 0;
  };

  return {
    of: (seriesQuery) => lists.get(seriesQuery)?.labels,
    used(seriesQuery, series) {
      usedAt.set(usedKey(seriesQuery, series), clock.monotonic());
    },
    async keep(seriesQueries) {
      const wanted = new Set(seriesQueries);
      const added = [...wanted].filter((one) => !lists.has(one)).map((one): [string, List] => [one, newList()]);
      for (const one of added) lists.set(...one);
      for (const one of added) await listOne(...one);
      // Until now, the rules before were served from their lists.
      for (const seriesQuery of lists.keys()) if (!wanted.has(seriesQuery)) lists.delete(seriesQuery);
      woken.abort();
    },
    miss() {
      isMissed = true;
      woken.abort();
    },
    state: () =>
      [...lists].map(([seriesQuery, { names, listedAt, problem }]) => ({
        seriesQuery,
        names: names?.size ?? 0,
        ageMs: listedAt === undefined ? undefined : clock.monotonic() - listedAt,
        problem,
      })),
    async run(signal) {
      while (!signal.aborted) {
        if (await listDue()) await options.onLists();
        const waitMs = Math.min(relistMs, ...[...lists.values()].map((list) => dueAt(list) - clock.monotonic()));
        await withOwnSignal(signal, async (own) => {
          woken = own;
          if (!isMissed) await pause(Math.max(LEAST_WAIT_MS, waitMs), own.signal);
        });
        // Many reads may miss at once.
        await pause(LEAST_WAIT_MS, signal);
      }
    },
  };
}

/**
 * The names that were found, and those from before that stay. Their order is Prometheus's, and a name from before keeps its
 * place: of two that give one metric, the last one counts, and which one that is must not depend on what is missing.
 */
function inOrder(
  before: ReadonlyMap<string, Name>,
  found: ReadonlyMap<string, LabelNames>,
  stays: (name: string, before: Name) => boolean,
  seenAt: number,
): Map<string, Name> {
  const names = new Map<string, Name>();
  const rest = before.entries();
  const passed = new Set<string>();
  const keepUntil = (until?: string) => {
    for (let next = rest.next(); !next.done; next = rest.next()) {
      const [name, known] = next.value;
      passed.add(name);
      if (name === until) return;
      if (!found.has(name) && stays(name, known)) names.set(name, known);
    }
  };
  for (const [name, labels] of found) {
    if (before.has(name) && !passed.has(name)) keepUntil(name);
    names.set(name, { labels, seenAt });
  }
  keepUntil();
  return names;
}

/** Minimum time between two looks at what is due, in ms. */
const LEAST_WAIT_MS = 1_000;

function newList(): List {
  return {
    ...{ names: undefined, labels: undefined, listedAt: undefined, problem: undefined },
    triedAt: Number.NEGATIVE_INFINITY,
  };
}

function usedKey(seriesQuery: string, series: string): string {
  return `${seriesQuery}\n${series}`;
}
