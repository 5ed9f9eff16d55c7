import { problem } from "../problem";
import { readFields } from "./fields";
import { compileNames } from "./names";
import { compileQueries } from "./queries";
import { compileResources } from "./resources";
import type { FindResource, MetricRule } from "./types";

/** A rule, or the end of a sentence that says why it cannot be served. */
export type RuleResult =
  | {
      readonly ok: true;
      readonly rule: MetricRule;
      readonly serves: { readonly custom: boolean; readonly external: boolean };
    }
  | { readonly ok: false; readonly why: string };

/**
 * Reads and compiles a rule.
 *
 * @param place Where the rule is, such as `externalRules[0]`.
 */
export function readRule(value: unknown, place: string): RuleResult {
  const read = readFields(value);
  if (!read.ok) return read;
  const { seriesQuery, isNamespaced, ...fields } = read.fields;
  const compiledNames = compileNames(fields.names);
  if (!compiledNames.ok) return compiledNames;
  const compiledResources = compileResources(fields.resources);
  if (!compiledResources.ok) return compiledResources;
  const { names } = compiledNames;
  const { resources } = compiledResources;
  const compiledQueries = compileQueries(fields.metricsQuery, place, resources, isNamespaced);
  if (!compiledQueries.ok) return compiledQueries;
  const { queries } = compiledQueries;
  const { overrides, template } = fields.resources;
  const hasNamespaceLabel = template !== "" || overrides.some(isNamespace);
  return {
    ok: true,
    serves: {
      custom: template !== "" || overrides.length > 0,
      external: hasNamespaceLabel || !isNamespaced,
    },
    rule: {
      place,
      seriesQuery,
      naming: names.naming,
      nameOf: names.nameOf,
      resourceOf: resources.resourceOf,
      labelOf: resources.labelOf,
      unknownResources: resources.unknown,
      warnings: (find: FindResource) => [
        ...names.unknownGroups.map((group) =>
          problem("ASM_RULE_NAME", `name.as of ${place} uses the group ${group}, which name.matches does not have`),
        ),
        ...resources
          .repeated(find)
          .map(({ resource, labels }) =>
            problem(
              "ASM_RULE_LABELS",
              `${place} names ${resource} by the labels ${labels.join(" and ")}: its queries use ${labels[0] ?? ""}`,
            ),
          ),
      ],
      customQuery: queries.custom,
      externalQuery: queries.external,
    },
  };
}

function isNamespace({ group, resource }: { group: string; resource: string }): boolean {
  return group === "" && /^namespaces?$/i.test(resource);
}
