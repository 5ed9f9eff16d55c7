import { MOST_SERIES } from "./exposition.ts";
import { MOST_STORED, type NamespaceShare } from "./namespaceShare.ts";
import { bytesOf, REQUESTS, type Series, statOf } from "./seriesNames.ts";
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
  /** The series with a place in the table: those of the newest snapshot, and those of earlier ones. */
  series(): readonly TrackedSeries[];
  /** What the series has counted at a position since it is known. */
  total(series: TrackedSeries, position: Position): number;
}

/** What a scrape had that is not stored. */
interface Overflow {
  /** The sample names that are no longer stored. */
  readonly metrics: ReadonlySet<string>;
  /** Why, without a full stop. */
  readonly sentence: string;
}

/** One series of one proxy. */
export interface TrackedSeries {
  readonly row: number;
  readonly series: Series;
  /** The last value, 0 if the newest snapshot does not have the series. */
  value: number;
  /** Snapshots since the series was last seen. */
  absentFor: number;
}

/** Memory of one series of one proxy, if another proxy has the same text, in bytes. */
const ROW_BYTES = 400;
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
  let totals = new Float64Array(4 * SLOTS);
  let tracked = new Map<string, TrackedSeries>();
  let known: ReadonlySet<string> | "all" = new Set();
  /** Metric -> since when each scrape asks for it. */
  const coverage = new Map<string, number>();
  let readAt = Number.NEGATIVE_INFINITY;
  let mayRestart = false;
  let sinceTidy = 0;

  const advance = (at: number, errorMs: number) => {
    const before = timeline.slotOf(0);
    const slot = timeline.add(at, errorMs);
    for (const { row } of tracked.values()) totals[row * SLOTS + slot] = totals[row * SLOTS + before] ?? 0;
    return slot;
  };
  const clear = () => {
    for (const one of tracked.values()) forget(one);
    tracked.clear();
    totals = new Float64Array(4 * SLOTS);
    coverage.clear();
    timeline.clear();
    known = new Set();
    readAt = Number.NEGATIVE_INFINITY;
  };
  const forget = ({ series }: TrackedSeries) =>
    share.drop(ROW_BYTES + (--series.users === 0 ? bytesOf(series.text) : 0));
  if (bornAt !== undefined) {
    advance(bornAt, 0);
    known = "all";
  }

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
    return made;
  };

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
    tracked = new Map(
      left.map((one, row) => {
        totals.set(old.subarray(one.row * SLOTS, (one.row + 1) * SLOTS), row * SLOTS);
        return [one.series.text, { ...one, row }];
      }),
    );
  };
  /** Removes the series that no stored snapshot has. */
  const tidy = () => {
    sinceTidy = 0;
    keep(({ absentFor }) => absentFor < SLOTS);
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

  const hasReset = ({ metrics, values }: Snapshot) =>
    mayRestart ||
    [...tracked.values()].some(
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

  /**
   * The place of a new series. Makes room by removing other metrics, which are added to `removed`. Without room, returns
   * why.
   */
  const place = (series: Series, removed: Map<string, string>): TrackedSeries | string => {
    const stat = statOf(series.metric);
    for (let full = reserve(series); full !== undefined; full = reserve(series)) {
      const victim = largestOther() ?? (stat === REQUESTS ? undefined : stat);
      if (victim === undefined) return full;
      removed.set(victim, full);
      keep((one) => statOf(one.series.metric) !== victim);
      if (victim === stat) return full;
    }
    return track(series);
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
      const found = tracked.get(text);
      const series = found?.series ?? share.names.of(text);
      if (!series || removed.has(statOf(series.metric))) continue;
      const one = found ?? place(series, removed);
      if (typeof one === "string") {
        if (removed.has(statOf(series.metric))) continue;
        clear();
        return { metrics, sentence: one };
      }
      const isBaseline = isFirst || (known !== "all" && !known.has(one.series.metric));
      const delta = value < one.value || mayRestart ? value : value - one.value;
      if (!isBaseline) totals[one.row * SLOTS + slot] = (totals[one.row * SLOTS + slot] ?? 0) + delta;
      one.value = value;
      one.absentFor = -1;
    }
    for (const one of tracked.values()) if (++one.absentFor > 0) one.value = 0;
    known = new Set([...metrics].filter((metric) => !removed.has(statOf(metric))));
    for (const metric of coverage.keys()) if (!known.has(metric)) coverage.delete(metric);
    mayRestart = false;
    if (++sinceTidy >= SLOTS) tidy();
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
    series: () => [...tracked.values()],
    total({ row }, { newer, share }) {
      const late = totals[row * SLOTS + timeline.slotOf(newer)] ?? 0;
      if (share === 0) return late;
      const early = totals[row * SLOTS + timeline.slotOf(newer + 1)] ?? 0;
      return late - share * (late - early);
    },
  };
}
