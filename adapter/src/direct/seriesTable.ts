import { MOST_SERIES } from "./expositionUser.ts";
import { MOST_STORED, type NamespaceShare } from "./namespaceShare.ts";
import { bytesOf, REQUESTS, type Series, statOf } from "./seriesNames.ts";
import { SLOTS } from "./timeline.ts";

/** One series of one proxy. */
export interface TrackedSeries {
  readonly row: number;
  readonly series: Series;
  /** The last value, 0 if the newest snapshot does not have the series. */
  value: number;
  /** Snapshots since the series was last seen. */
  absentFor: number;
}

/** The series of one proxy, and what each has counted at the last snapshots. A slot is the place of a snapshot. */
export interface SeriesTable {
  get(text: string): TrackedSeries | undefined;
  all(): Iterable<TrackedSeries>;
  /** The series of these metrics. Takes no time for those of other metrics. */
  of(metrics: readonly string[]): readonly TrackedSeries[];
  /**
   * A place for a new series. Makes room by removing other metrics, which are added to `removed` by their name inside
   * Envoy, with the reason. Returns the reason if there is no room.
   */
  place(series: Series, removed: Map<string, string>): TrackedSeries | string;
  /** Begins a slot with the totals of another one. */
  begin(slot: number, before: number): void;
  /** Adds to the total of a series at a slot. */
  count(one: TrackedSeries, slot: number, delta: number): void;
  total(one: TrackedSeries, slot: number): number;
  /** Whether a series of the metric has counted something at the slot that it had not before. */
  hasChanged(metric: string, slot: number): boolean;
  /** Whether a series has counted something since the table was empty. */
  readonly hasCounted: boolean;
  /** Removes the series that no stored snapshot has. */
  tidy(): void;
  clear(): void;
}

/** Memory of one series of one proxy, if another proxy has the same text, in bytes. */
const ROW_BYTES = 400;

/** Creates an empty table, whose memory counts on a share. */
export function createSeriesTable(share: NamespaceShare): SeriesTable {
  let totals = new Float64Array(4 * SLOTS);
  let tracked = new Map<string, TrackedSeries>();
  /** Made from `tracked` when they are read. */
  let byMetric: Map<string, TrackedSeries[]> | undefined;
  /** For each metric, whether it has changed at each slot. */
  const changes = new Map<string, Uint8Array>();
  let hasCounted = false;

  const forget = ({ series }: TrackedSeries) =>
    share.drop(ROW_BYTES + (--series.users === 0 ? bytesOf(series.text) : 0));

  /** Keeps the series that pass, and gives the memory of the others back. */
  const keep = (passes: (one: TrackedSeries) => boolean) => {
    const left: TrackedSeries[] = [];
    for (const one of tracked.values()) {
      if (passes(one)) left.push(one);
      else forget(one);
    }
    if (left.length === tracked.size) return;
    const old = totals;
    totals = new Float64Array(Math.max(4, left.length) * SLOTS);
    byMetric = undefined;
    tracked = new Map(
      left.map((one, row) => {
        totals.set(old.subarray(one.row * SLOTS, (one.row + 1) * SLOTS), row * SLOTS);
        return [one.series.text, { ...one, row }];
      }),
    );
  };
  const tidy = () => keep(({ absentFor }) => absentFor < SLOTS);

  /** Reserves the memory of a series. Returns why there is none. */
  const reserve = ({ users, text }: Series): string | undefined => {
    if (tracked.size >= MOST_SERIES) tidy();
    if (tracked.size >= MOST_SERIES) return `it has had more than ${MOST_SERIES} series in the last seconds`;
    return share.store(ROW_BYTES + (users === 0 ? bytesOf(text) : 0))
      ? undefined
      : `the series of the namespace's proxies need more than ${MOST_STORED / 2 ** 20} MiB`;
  };
  const track = (series: Series): TrackedSeries => {
    series.users++;
    const row = tracked.size;
    if (row * SLOTS === totals.length) {
      const larger = new Float64Array(2 * totals.length);
      larger.set(totals);
      totals = larger;
    }
    totals.fill(0, row * SLOTS, (row + 1) * SLOTS);
    const made = { row, series, value: 0, absentFor: 0 };
    tracked.set(series.text, made);
    byMetric = undefined;
    return made;
  };
  /** The histogram, or other metric than the requests, with the most series, by its name inside Envoy. */
  const largestOther = (): string | undefined => {
    const counts = new Map<string, number>();
    for (const { series } of tracked.values()) {
      const stat = statOf(series.metric);
      if (stat !== REQUESTS) counts.set(stat, (counts.get(stat) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
  };

  return {
    get: (text) => tracked.get(text),
    all: () => tracked.values(),
    of(metrics) {
      byMetric ??= Map.groupBy(tracked.values(), ({ series }) => series.metric);
      const lists = byMetric;
      const [only, ...others] = metrics;
      if (only !== undefined && others.length === 0) return lists.get(only) ?? [];
      return metrics.flatMap((metric) => lists.get(metric) ?? []);
    },
    place(series, removed) {
      const stat = statOf(series.metric);
      for (let full = reserve(series); full !== undefined; full = reserve(series)) {
        const victim = largestOther() ?? (stat === REQUESTS ? undefined : stat);
        if (victim === undefined) return full;
        removed.set(victim, full);
        keep((one) => statOf(one.series.metric) !== victim);
        if (victim === stat) return full;
      }
      return track(series);
    },
    begin(slot, before) {
      for (const { row } of tracked.values()) totals[row * SLOTS + slot] = totals[row * SLOTS + before] ?? 0;
      for (const changed of changes.values()) changed[slot] = 0;
    },
    count({ row, series }, slot, delta) {
      if (delta === 0) return;
      totals[row * SLOTS + slot] = (totals[row * SLOTS + slot] ?? 0) + delta;
      hasCounted = true;
      const changed = changes.get(series.metric) ?? new Uint8Array(SLOTS);
      changed[slot] = 1;
      changes.set(series.metric, changed);
    },
    total: ({ row }, slot) => totals[row * SLOTS + slot] ?? 0,
    hasChanged: (metric, slot) => changes.get(metric)?.[slot] === 1,
    get hasCounted() {
      return hasCounted;
    },
    tidy,
    clear() {
      for (const one of tracked.values()) forget(one);
      tracked.clear();
      changes.clear();
      [byMetric, hasCounted] = [undefined, false];
      totals = new Float64Array(4 * SLOTS);
    },
  };
}
