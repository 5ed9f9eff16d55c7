import type { Problem } from "@asm-autoscaler/hpa-metrics";
import type { SeriesLabels } from "./seriesScan.ts";

/** The names of labels that the series of one name have together. Names with the same labels share one set. */
export type LabelNames = ReadonlySet<string>;

/** A list of series: the names of metrics, in their first order, with the names of their labels. Values are dropped. */
export interface SeriesList {
  readonly names: ReadonlyMap<string, LabelNames>;
  /** Why the list is empty or may lack series. Undefined if it is whole. */
  readonly problem?: Problem;
}

/** The list is larger than the adapter reads. */
export class SeriesLimit extends Error {}

/** Maximum number of series, of different names, and of different sets of label names in one list. */
export const MOST_SERIES = 5_000_000;
const MOST_NAMES = 100_000;
const MOST_SETS = 20_000;
/** Maximum number of labels of one series, and of all series of one name. */
const MOST_LABELS = 500;

/** Collects the names of series. Throws SeriesLimit at a limit; what was collected until then is in `names`. */
export function createSeriesNames() {
  const names = new Map<string, LabelNames>();
  const sets = new Map<string, LabelNames>();
  let count = 0;

  const setOf = (sorted: readonly string[]): LabelNames => {
    const key = sorted.join("\n");
    const known = sets.get(key);
    if (known) return known;
    if (sets.size >= MOST_SETS) throw new SeriesLimit(`more than ${MOST_SETS} different sets of label names`);
    if (sorted.length > MOST_LABELS) throw new SeriesLimit(`more than ${MOST_LABELS} labels of one name`);
    const set: LabelNames = new Set(sorted);
    sets.set(key, set);
    return set;
  };

  return {
    names: names as ReadonlyMap<string, LabelNames>,
    add(labels: SeriesLabels): void {
      if (++count > MOST_SERIES) throw new SeriesLimit(`more than ${MOST_SERIES} series`);
      const { __name__: name } = labels;
      if (typeof name !== "string" || name === "") return;
      const own = setOf(Object.keys(labels).filter(isLabel).sort());
      const before = names.get(name);
      if (before === own) return;
      if (!before && names.size >= MOST_NAMES) throw new SeriesLimit(`more than ${MOST_NAMES} names`);
      names.set(name, before ? setOf([...new Set([...before, ...own])].sort()) : own);
    },
  };
}

function isLabel(name: string): boolean {
  return name !== "__name__";
}
