import { quoted } from "../selector";
import type { QueryTemplate, TemplateInstance } from "./queryTemplate";
import { labelText, less, type Segment } from "./segments";
import { sameValues } from "./sharedMatchers";
import { type GroupSample, type SplitResult, splitResult } from "./splitResult";

/** A grouped query: the instances of one query template as one query, and the function that splits its result. */
export interface Group<S extends GroupSample> {
  readonly text: string;
  split(samples: readonly S[]): SplitResult<S>;
}

/**
 * Groups the instances of one query template into one query. Matchers of the split labels become regular expressions of
 * all values. Every aggregation keeps the split labels, and every operator matches on them.
 *
 * @throws RangeError if there is no instance.
 */
export function groupOf<S extends GroupSample>(instances: readonly TemplateInstance[]): Group<S> {
  const [first] = instances;
  if (!first) throw new RangeError("a group has at least one instance");
  const { template } = first;
  const values = template.labels.map((_, index) => [
    ...new Set(instances.flatMap((instance) => instance.values[index] ?? [])),
  ]);
  const apart = template.labels.flatMap((_, index) => {
    const isSame = instances.every((one) => sameValues(one.values[index] ?? [], first.values[index] ?? []));
    return isSame ? [] : [index];
  });
  const text = template.segments.map((segment) => segmentText(segment, template, values, apart)).join("");
  return { text, split: (samples) => splitResult(samples, instances, apart) };
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
