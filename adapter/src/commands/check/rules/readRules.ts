import { type FoundConfig, type RulesOwner, record } from "@asm-autoscaler/hpa-metrics";
import { type Finding, misfitFinding, unknownFinding } from "../report.ts";
import { misfits, type Shape } from "../shape.ts";
import { alibabaFindings } from "./alibabaChart.ts";
import { chartFindings, customFindings, defaultFindings, resourceFindings } from "./chart.ts";
import { goRegExp, groupsIn } from "./goRegExp.ts";

/**
 * An external rule of prometheus-adapter, with defaults applied.
 * Source: docs/externalmetrics.md and docs/config.md of v0.12.
 */
export interface ExternalRule {
  /** The adapter that serves the rule. */
  readonly owner: RulesOwner;
  readonly seriesQuery: string;
  /** Unanchored regular expressions. A series name must match every `is` and no `isNot`. */
  readonly filters: readonly { readonly is?: string; readonly isNot?: string }[];
  /** Unanchored regular expression for the series name. */
  readonly matches: string;
  /** The metric name in the API. `$1` refers to a group of `matches`. */
  readonly as: string;
  readonly metricsQuery: string;
  /** The label with the namespace; undefined when the rule does not restrict the namespace. */
  readonly namespaceLabel: string | undefined;
  /** The rule's position, such as `externalRules[0] of monitoring/adapter-config`. */
  readonly place: string;
  /** Why prometheus-adapter refuses the rule or each of its requests, or why `check` cannot read it. */
  readonly fault?: string;
}

/** The external rules of a configuration, and what else is to be said about it. */
export interface AdapterRules {
  readonly external: readonly ExternalRule[];
  /** What is beside the rules, and what in them is not known. */
  readonly findings: readonly Finding[];
  /** What cannot become an annotation. */
  readonly untranslated: readonly Finding[];
}

const RULE: Shape = {
  fields: {
    seriesQuery: "query",
    seriesFilters: { items: { fields: { is: "words", isNot: "words" } } },
    resources: {
      fields: {
        template: "words",
        overrides: { values: { fields: { group: "text", resource: "text" } } },
        namespaced: "flag",
      },
    },
    name: { fields: { matches: "words", as: "words" } },
    metricsQuery: "query",
  },
};
const RULES: Shape = { items: RULE };
const FILE_KEYS = ["rules", "externalRules", "resourceRules"];

/**
 * Reads a configuration. Alibaba Cloud's adapter serves each rule by both APIs, so its custom rules are external rules too.
 * Source: https://github.com/AliyunContainerService/alibaba-cloud-metrics-adapter, pkg/provider/providerManager.go
 *
 * @param origin The object with the configuration, such as `monitoring/adapter-config` or a file name.
 */
export function readRules({ owner, form, path, config, others }: FoundConfig, origin: string): AdapterRules {
  const isAlibaba = owner === "ack-alibaba-cloud-metrics-adapter";
  const prefix = [path, ...(isAlibaba && form === "values" ? ["adapter"] : [])]
    .map((part) => part && `${part}.`)
    .join("");
  const values = form === "values" ? (isAlibaba ? record(config["adapter"]) : config) : {};
  const lists: readonly [field: string, rules: unknown][] =
    form === "values"
      ? [
          ["rules.external", record(values["rules"])["external"]],
          ["rules.custom", record(values["rules"])["custom"]],
        ]
      : [
          ["externalRules", config["externalRules"]],
          ["rules", config["rules"]],
        ];
  const read = lists
    .slice(0, isAlibaba ? 2 : 1)
    .map(([field, rules]) => readList(owner, rules, prefix + field, origin));
  const external = read.flat();
  return {
    external,
    untranslated: [
      ...external.flatMap(({ place, fault }) => (fault === undefined ? [] : [faultFinding(owner, place, fault)])),
      ...customFindings(lists[1]?.[1], `${prefix}rules`, owner),
      ...(form === "values" && !isAlibaba ? defaultFindings(config, prefix) : []),
    ],
    findings: [
      ...lists.flatMap(([field, rules]) => misfits(rules, RULES, prefix + field).map(misfitFinding)),
      ...resourceFindings(form === "values" ? record(values["rules"])["resource"] : config["resourceRules"]),
      ...otherFindings({ owner, form, path, config, others }),
      ...others.map((key) => unknownFinding(`${key} is not about the rules of ${owner}`, "not read", key)),
    ],
  };
}

function readList(owner: RulesOwner, list: unknown, field: string, origin: string): ExternalRule[] {
  const found = misfits(list, RULES, field);
  return (Array.isArray(list) ? list : []).map((rule, index) => {
    const at = `${field}[${index}]`;
    const broken = found.find((misfit) => misfit.isUnreadable && misfit.path.startsWith(at));
    return externalRule(owner, record(rule), `${at} of ${origin}`, broken && `${broken.path} ${broken.why}`);
  });
}

/** What a configuration has besides rules. */
function otherFindings({ owner, form, path, config }: FoundConfig): Finding[] {
  const prefix = path === "" ? "" : `${path}.`;
  if (form === "values")
    return owner === "prometheus-adapter" ? chartFindings(config, prefix) : alibabaFindings(config, prefix);
  return Object.keys(config).flatMap((key) => (FILE_KEYS.includes(key) ? [] : [unknownKey(owner, key)]));
}

function unknownKey(owner: RulesOwner, key: string): Finding {
  return unknownFinding(
    `${key} is not a field of the configuration of ${owner}`,
    `not read: ${owner} does not start with it`,
    key,
  );
}

function faultFinding(owner: RulesOwner, place: string, fault: string): Finding {
  return {
    id: owner,
    differs: true,
    message: `${place} cannot be used: ${fault}`,
    reference: "refuses the rule, or each request for its metrics",
    here: "nothing is translated: correct the rule first",
  };
}

function externalRule(
  owner: RulesOwner,
  rule: Record<string, unknown>,
  place: string,
  misfit: string | undefined,
): ExternalRule {
  const { matches, as } = record(rule["name"]);
  const pattern = typeof matches === "string" && matches !== "" ? matches : ".*";
  const name = typeof as === "string" && as !== "" ? as : undefined;
  const resources = record(rule["resources"]);
  const namespaceLabel = resources["namespaced"] === false ? undefined : labelOf(resources);
  const filters = (Array.isArray(rule["seriesFilters"]) ? rule["seriesFilters"] : []).map((filter) => {
    const { is, isNot } = record(filter);
    return {
      ...(typeof is === "string" && is !== "" ? { is } : {}),
      ...(typeof isNot === "string" && isNot !== "" ? { isNot } : {}),
    };
  });
  const fault =
    misfit ??
    textFault(rule) ??
    patternFault([pattern, ...filters.flatMap(({ is, isNot }) => [is ?? "", isNot ?? ""])]) ??
    filterFault(filters) ??
    (name === undefined && groupsIn(pattern) > 1
      ? "name.matches has several groups, and name.as is missing"
      : undefined) ??
    resourcesFault(resources, namespaceLabel);
  return {
    owner,
    seriesQuery: String(rule["seriesQuery"] ?? ""),
    filters,
    matches: pattern,
    // The default is the group of the pattern, or the whole name when it has no group.
    as: name ?? (groupsIn(pattern) === 1 ? "$1" : "$0"),
    metricsQuery: String(rule["metricsQuery"] ?? ""),
    namespaceLabel,
    place,
    ...(fault === undefined ? {} : { fault }),
  };
}

/** The label with the namespace, which an override or the template names. There is no default. */
function labelOf({ overrides, template }: Record<string, unknown>): string | undefined {
  const [override] =
    Object.entries(record(overrides)).find(
      ([, value]) => /^namespaces?$/.test(String(record(value)["resource"])) && !record(value)["group"],
    ) ?? [];
  if (override !== undefined || typeof template !== "string") return override;
  return template.replace(/<<\s*\.Resource\s*>>/g, "namespace").replace(/<<\s*\.Group\s*>>/g, "");
}

function textFault({ seriesQuery, metricsQuery }: Record<string, unknown>): string | undefined {
  if (!seriesQuery) return "seriesQuery is missing";
  return metricsQuery ? undefined : "metricsQuery is missing";
}

function patternFault(patterns: readonly string[]): string | undefined {
  const bad = patterns.find((pattern) => goRegExp(pattern) === undefined);
  return bad === undefined ? undefined : `check cannot read the regular expression ${JSON.stringify(bad)}`;
}

function filterFault(filters: ExternalRule["filters"]): string | undefined {
  const bad = filters.find(({ is, isNot }) => (is === undefined) === (isNot === undefined));
  return bad === undefined ? undefined : "each of seriesFilters needs either is or isNot";
}

function resourcesFault(resources: Record<string, unknown>, label: string | undefined): string | undefined {
  const { template, namespaced } = resources;
  if (typeof template === "string" && template !== "" && !/<<\s*\.Resource\s*>>/.test(template)) {
    return "resources.template does not contain <<.Resource>>";
  }
  if (label !== undefined || namespaced === false) {
    return /<</.test(label ?? "") ? "resources.template uses more than .Resource and .Group" : undefined;
  }
  return "it does not say which label has the namespace: set resources.overrides or resources.template, or resources.namespaced: false";
}
