import type { NameFields, SeriesFilter } from "./names";
import type { Override, ResourceFields } from "./resources";

/** The fields of a rule with their defaults. */
interface RuleFields {
  readonly seriesQuery: string;
  readonly names: NameFields;
  readonly resources: ResourceFields;
  /** Whether external queries have a matcher for the namespace. */
  readonly isNamespaced: boolean;
  readonly metricsQuery: string;
}

/** The fields, or the end of a sentence that says which of them is not valid. */
export type FieldsResult =
  | { readonly ok: true; readonly fields: RuleFields }
  | { readonly ok: false; readonly why: string };

/** A value that is not what its field has. The message is the end of a sentence. */
class FieldError extends Error {
  override readonly name = "FieldError";
}

/**
 * Reads a rule. A field that is null or absent has its default. A key that a rule does not have is an error.
 * Source: pkg/config/config.go and pkg/config/loader.go of prometheus-adapter v0.12.0.
 */
export function readFields(rule: unknown): FieldsResult {
  try {
    return { ok: true, fields: fieldsOf(rule) };
  } catch (error) {
    if (error instanceof FieldError) return { ok: false, why: error.message };
    throw error;
  }
}

function fieldsOf(rule: unknown): RuleFields {
  const top = fieldsIn(rule, "", ["seriesQuery", "seriesFilters", "resources", "name", "metricsQuery"]);
  const name = fieldsIn(top["name"], "name", ["matches", "as"]);
  const resources = fieldsIn(top["resources"], "resources", ["template", "overrides", "namespaced"]);
  const seriesQuery = textIn(top["seriesQuery"], "seriesQuery");
  const metricsQuery = textIn(top["metricsQuery"], "metricsQuery");
  if (seriesQuery === "") throw new FieldError("seriesQuery is missing");
  if (metricsQuery === "") throw new FieldError("metricsQuery is missing");
  return {
    seriesQuery,
    metricsQuery,
    names: {
      seriesFilters: listIn(top["seriesFilters"], "seriesFilters").map(filterOf),
      matches: textIn(name["matches"], "name.matches"),
      as: textIn(name["as"], "name.as"),
    },
    resources: {
      template: textIn(resources["template"], "resources.template"),
      overrides: Object.entries(fieldsIn(resources["overrides"], "resources.overrides")).map(overrideOf),
    },
    isNamespaced: flagIn(resources["namespaced"], "resources.namespaced", true),
  };
}

function filterOf(value: unknown, index: number): SeriesFilter {
  const field = `seriesFilters[${index}]`;
  const { is, isNot } = fieldsIn(value, field, ["is", "isNot"]);
  return { is: textIn(is, `${field}.is`), isNot: textIn(isNot, `${field}.isNot`) };
}

function overrideOf([label, value]: [string, unknown]): Override {
  const field = `resources.overrides.${label}`;
  const { group, resource } = fieldsIn(value, field, ["group", "resource"]);
  const name = textIn(resource, `${field}.resource`);
  if (name === "") throw new FieldError(`${field}.resource is missing`);
  return { label, group: textIn(group, `${field}.group`), resource: name };
}

/** @param known The keys that it can have. Any, if it is absent. */
function fieldsIn(value: unknown, field: string, known?: readonly string[]): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw new FieldError(`${field || "it"} is not a mapping`);
  const unknown = known && Object.keys(value).find((key) => !known.includes(key));
  if (unknown === undefined) return { ...value };
  const named = field === "" ? unknown : `${field}.${unknown}`;
  throw new FieldError(`${named} is not a field of a rule`);
}

function listIn(value: unknown, field: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new FieldError(`${field} is not a list`);
  return value;
}

/** YAML reads `as: 5` as a number. prometheus-adapter takes it as a text, as it stands. */
function textIn(value: unknown, field: string): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "object") throw new FieldError(`${field} is not a text`);
  return String(value);
}

function flagIn(value: unknown, field: string, otherwise: boolean): boolean {
  if (value === undefined || value === null) return otherwise;
  if (typeof value !== "boolean") throw new FieldError(`${field} is not true or false`);
  return value;
}
