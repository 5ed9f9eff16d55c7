import { quoted } from "../selector";
import type { QueryTemplate, TemplateInstance } from "./queryTemplate";
import { labelText, less, type Segment } from "./segments";

/** One sample of an instant vector. */
export interface GroupSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A grouped query: the instances of one query template as one query, and the function that splits its result. */
export interface Group<S extends GroupSample> {
  readonly text: string;
  /**
   * Splits the result. Returns the samples of each instance, in the order of the instances, with the labels that the
   * instance's own query gives them. Also returns the number of extra series. Extra series belong to no instance. They
   * can occur if two split labels have several values each.
   */
  split(samples: readonly S[]): { instances: S[][]; extraSeries: number };
}

/**
 * Groups the instances of one query template into one query. Matchers of the split labels become regular expressions of
 * all values. Every aggregation keeps the split labels, and every operator matches on them.
 *
 * @throws RangeError if there is no instance.
 */
export function groupOf<S extends GroupSample>(instances: readonly TemplateInstance[]): Group<S> {
  const template = instances[0]?.template;
  if (!template) throw new RangeError("a group has at least one member");
  const values = template.labels.map((_, index) => [
    ...new Set(instances.map((instance) => instance.values[index] ?? "")),
  ]);
  const apart = template.labels.flatMap((_, index) => ((values[index]?.length ?? 0) > 1 ? [index] : []));
  const text = template.segments.map((segment) => segmentText(segment, template, values, apart)).join("");
  return { text, split: (samples) => split(samples, instances, template, apart) };
}

/** Reports whether a value matches itself as a regular expression. Source: QuoteMeta of Go's regexp package. */
export function isLiteral(value: string): boolean {
  return !/[\\.+*?()|[\]{}^$]/.test(value);
}

function segmentText(
  segment: Segment,
  template: QueryTemplate,
  values: readonly string[][],
  apart: readonly number[],
): string {
  if (typeof segment === "string") return segment;
  if ("matcher" in segment) {
    const own = values[segment.matcher] ?? [];
    const label = labelText(template.labels[segment.matcher] ?? "");
    return own.length > 1 ? `${label}=~${quoted(own.map(escaped).join("|"))}` : `${label}=${quoted(own[0] ?? "")}`;
  }
  const differing = apart.map((index) => template.labels[index] ?? "");
  const named = "by" in segment ? [...segment.by, ...differing] : less(new Set(segment.without), differing);
  return [...new Set(named)].map(labelText).join(",");
}

function escaped(value: string): string {
  return value.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

function split<S extends GroupSample>(
  samples: readonly S[],
  instances: readonly TemplateInstance[],
  template: QueryTemplate,
  apart: readonly number[],
): { instances: S[][]; extraSeries: number } {
  const found = instances.map((): S[] => []);
  const places = new Map<string, number[]>();
  for (const [place, { values }] of instances.entries()) {
    const key = JSON.stringify(apart.map((index) => values[index]));
    places.set(key, [...(places.get(key) ?? []), place]);
  }
  let extraSeries = 0;
  for (const sample of samples) {
    const key = JSON.stringify(apart.map((index) => sample.labels[template.labels[index] ?? ""]));
    const own = places.get(key) ?? [];
    if (own.length === 0) extraSeries++;
    for (const place of own) found[place]?.push(alone(sample, instances[place], template));
  }
  if (template.otherwise !== undefined)
    for (const own of found) if (own.length === 0) own.push({ labels: {}, value: template.otherwise } as S);
  return { instances: found, extraSeries };
}

/** A sample with the labels that the instance's own query gives it. */
function alone<S extends GroupSample>(sample: S, instance: TemplateInstance | undefined, template: QueryTemplate): S {
  const labels = Object.fromEntries(
    Object.entries(sample.labels).filter(([label]) => !template.labels.includes(label)),
  );
  for (const label of template.kept) labels[label] = instance?.values[template.labels.indexOf(label)] ?? "";
  return { ...sample, labels };
}
