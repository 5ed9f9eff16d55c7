import type { TemplateInstance } from "./queryTemplate";

/** One sample of an instant vector. */
export interface GroupSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The result of a grouped query, split by its instances. */
export interface SplitResult<S extends GroupSample> {
  /**
   * The samples of the instance at this index, in the order of the result, with the labels that the instance's own query
   * gives them. The work grows with the number of these samples, so that a caller can pause between two instances.
   */
  samplesOf(instance: number): S[];
  /**
   * The number of samples that `samplesOf` has not returned so far. After a call for each instance, these are the extra
   * series: they belong to no instance. They can occur if two split labels have several values each.
   */
  unclaimed(): number;
}

/**
 * Splits the result of a grouped query.
 *
 * @param apart the indexes of the split labels: those in which the instances differ
 */
export function splitResult<S extends GroupSample>(
  samples: readonly S[],
  instances: readonly TemplateInstance[],
  apart: readonly number[],
): SplitResult<S> {
  const template = instances[0]?.template;
  const labelAt = (index: number) => template?.labels[index] ?? "";
  const sets = apart.filter((index) => instances.some(({ values }) => values[index]?.length !== 1));
  const singles = apart.filter((index) => !sets.includes(index));
  // The samples are looked up by one set at most. Combinations of several sets could be too many.
  const [looked, ...filtered] = sets;
  const keyLabels = [...singles, ...(looked === undefined ? [] : [looked])].map(labelAt);
  const byKey = new Map<string, number[]>();
  for (const [place, { labels }] of samples.entries()) {
    let key = "";
    for (const label of keyLabels) key += keyPart(labels[label] ?? "");
    const own = byKey.get(key);
    if (own) own.push(place);
    else byKey.set(key, [place]);
  }
  const lost = new Set(apart.map(labelAt).filter((label) => !template?.kept.includes(label)));
  const isClaimed = new Uint8Array(samples.length);

  const placesOf = ({ values }: TemplateInstance): readonly number[] => {
    const key = singles.map((index) => keyPart(values[index]?.[0] ?? "")).join("");
    if (looked === undefined) return byKey.get(key) ?? [];
    const found = (values[looked] ?? []).flatMap((value) => byKey.get(key + keyPart(value)) ?? []);
    const others = filtered.map((index) => ({ label: labelAt(index), own: new Set(values[index]) }));
    return found
      .filter((place) => others.every(({ label, own }) => own.has(samples[place]?.labels[label] ?? "")))
      .sort((left, right) => left - right);
  };

  return {
    samplesOf(index) {
      const instance = instances[index];
      const places = instance ? placesOf(instance) : [];
      for (const place of places) isClaimed[place] = 1;
      const own = places.flatMap((place) => samples[place] ?? []).map((sample) => withoutLabels(sample, lost));
      if (own.length > 0 || template?.otherwise === undefined) return own;
      return [{ labels: {}, value: template.otherwise } as S];
    },
    unclaimed: () => isClaimed.reduce((count, claimed) => count + 1 - claimed, 0),
  };
}

/** A value as a part of a key. The length makes keys of several values unambiguous. */
function keyPart(value: string): string {
  return `${value.length}:${value}`;
}

/** The sample without split labels that the instance's own query loses. */
function withoutLabels<S extends GroupSample>(sample: S, lost: ReadonlySet<string>): S {
  if (lost.size === 0) return sample;
  return { ...sample, labels: Object.fromEntries(Object.entries(sample.labels).filter(([label]) => !lost.has(label))) };
}
