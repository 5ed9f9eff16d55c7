import type { NamespaceShare } from "./namespaceShare.ts";
import { statOf } from "./seriesNames.ts";
import { createSeriesTable, type TrackedSeries } from "./seriesTable.ts";
import { createTimeline, type Position, SLOTS, type Timeline } from "./timeline.ts";

/** The values of one proxy at one time. */
interface Snapshot {
  /** When the values were read, in ms of the monotonic clock: the middle of the request. */
  readonly at: number;
  /** Half of the request's duration, in ms: how much earlier or later the values may have been read. */
  readonly errorMs: number;
  /** The sample names that were asked for. */
  readonly metrics: ReadonlySet<string>;
  /** The values by the text of the series. */
  readonly values: ReadonlyMap<string, number>;
  /** Whether the connection is another one than that of the previous snapshot. */
  readonly isNewConnection: boolean;
}

/** The counters of one proxy over the last snapshots. */
export interface Counters extends Omit<Timeline, "slotOf" | "add" | "clear"> {
  /**
   * Adds the values of one scrape. If the proxy has had too many series in the last seconds, or if the namespace has no
   * memory for them, the largest histogram is removed, and then the next one. If the requests alone have no place, the
   * counters are empty afterwards.
   */
  add(snapshot: Snapshot): Overflow | undefined;
  /** Tells that the proxy's container has restarted. The next snapshot of a new connection counts from zero. */
  restarted(): void;
  /** Removes everything, and gives the memory back. */
  clear(): void;
  /** When the values were last read, in ms of the monotonic clock. Minus infinity before the first scrape. */
  readonly readAt: number;
  /**
   * Whether each scrape since a time has asked for the metric. If not, its increase since that time is not known. For a
   * new proxy it is known since its birth.
   */
  covers(metric: string, from: number): boolean;
  /** The series of these metrics: those of the newest snapshot, and those of earlier ones. */
  series(metrics: readonly string[]): readonly TrackedSeries[];
  /** What the series has counted at a position since it is known. */
  total(series: TrackedSeries, position: Position): number;
  /** Whether the metric has counted something between a snapshot and the one before it. */
  changedAt(metric: string, index: number): boolean;
  /** Whether the proxy has counted something since it is known. */
  readonly hasTraffic: boolean;
}

/** What a scrape had that is not stored. */
interface Overflow {
  /** The sample names that are no longer stored. */
  readonly metrics: ReadonlySet<string>;
  /** Why, without a full stop. */
  readonly sentence: string;
}

/** After a longer gap in which a counter was reset, what was counted in between is unknown, in ms. */
const MOST_GAP_MS = 5_000;

/**
 * Creates the counters of one proxy. Each series is counted by its own deltas, because the sum over series would hide
 * the reset of one behind the growth of another:
 * - A value below the previous one is a reset, and the value is what was counted since. The proxy or the series
 *   restarted from zero (Istio evicts idle series with `sidecar.istio.io/statsEvictionInterval`).
 * - A series that the previous snapshot did not have counts from zero: a proxy creates it at the first request.
 * - The first snapshot is the baseline, because its values may be days old. For a new proxy they count from its birth.
 * - A metric that the previous scrape did not ask for has a new baseline, also if an earlier one asked for it.
 * - After a gap of more than 5 s with a reset, the snapshot is a new baseline.
 *
 * @param bornAt when a new proxy started at zero, in ms of the monotonic clock
 */
export function createCounters(share: NamespaceShare, bornAt?: number): Counters {
  const timeline = createTimeline(bornAt);
  const table = createSeriesTable(share);
  let known: ReadonlySet<string> | "all" = new Set();
  /** Metric -> since when each scrape asks for it. */
  const coverage = new Map<string, number>();
  let readAt = Number.NEGATIVE_INFINITY;
  let mayRestart = false;
  let sinceTidy = 0;

  const advance = (at: number, errorMs: number) => {
    const before = timeline.slotOf(0);
    const slot = timeline.add(at, errorMs);
    table.begin(slot, before);
    return slot;
  };
  const clear = () => {
    table.clear();
    coverage.clear();
    timeline.clear();
    known = new Set();
    readAt = Number.NEGATIVE_INFINITY;
  };
  if (bornAt !== undefined) {
    advance(bornAt, 0);
    known = "all";
  }

  const hasReset = ({ metrics, values }: Snapshot) =>
    mayRestart ||
    [...table.all()].some(
      ({ series, value, absentFor }) =>
        absentFor === 0 && metrics.has(series.metric) && (values.get(series.text) ?? 0) < value,
    );

  const cover = (metrics: ReadonlySet<string>, at: number) => {
    for (const metric of coverage.keys()) if (!metrics.has(metric)) coverage.delete(metric);
    for (const metric of metrics) {
      if (known === "all") coverage.set(metric, bornAt ?? at);
      else if (!known.has(metric)) coverage.set(metric, at);
    }
  };

  const store = (snapshot: Snapshot): Overflow | undefined => {
    const { at, errorMs, metrics, values, isNewConnection } = snapshot;
    // A proxy with the same connection is the same process. Its restart was counted by the falling values.
    mayRestart &&= isNewConnection;
    if (timeline.length > 0 && at - timeline.timeOf(0) > MOST_GAP_MS && hasReset(snapshot)) clear();
    const isFirst = timeline.length === 0;
    const slot = advance(at, errorMs);
    readAt = at;
    cover(metrics, at);
    /** Why there is no room for a metric, by its name inside Envoy. */
    const removed = new Map<string, string>();
    for (const [text, value] of values) {
      const found = table.get(text);
      const series = found?.series ?? share.names.of(text);
      if (!series || removed.has(statOf(series.metric))) continue;
      const one = found ?? table.place(series, removed);
      if (typeof one === "string") {
        if (removed.has(statOf(series.metric))) continue;
        clear();
        return { metrics, sentence: one };
      }
      const isBaseline = isFirst || (known !== "all" && !known.has(one.series.metric));
      const delta = value < one.value || mayRestart ? value : value - one.value;
      if (!isBaseline) table.count(one, slot, delta);
      one.value = value;
      one.absentFor = -1;
    }
    for (const one of table.all()) if (++one.absentFor > 0) one.value = 0;
    known = new Set([...metrics].filter((metric) => !removed.has(statOf(metric))));
    for (const metric of coverage.keys()) if (!known.has(metric)) coverage.delete(metric);
    mayRestart = false;
    if (++sinceTidy >= SLOTS) {
      table.tidy();
      sinceTidy = 0;
    }
    const [sentence] = removed.values();
    if (sentence === undefined) return undefined;
    return { metrics: new Set([...metrics].filter((metric) => removed.has(statOf(metric)))), sentence };
  };

  return {
    add: store,
    clear,
    get readAt() {
      return readAt;
    },
    covers(metric, from) {
      const since = coverage.get(metric);
      return since !== undefined && (since <= from || since === bornAt);
    },
    restarted() {
      mayRestart = true;
    },
    get length() {
      return timeline.length;
    },
    timeOf: timeline.timeOf,
    errorOf: timeline.errorOf,
    positionOf: timeline.positionOf,
    series: table.of,
    total(one, { newer, share }) {
      const late = table.total(one, timeline.slotOf(newer));
      if (share === 0) return late;
      return late - share * (late - table.total(one, timeline.slotOf(newer + 1)));
    },
    changedAt: (metric, index) => index + 1 < timeline.length && table.hasChanged(metric, timeline.slotOf(index)),
    get hasTraffic() {
      return table.hasCounted;
    },
  };
}
