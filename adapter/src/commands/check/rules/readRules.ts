import { type FoundConfig, type MetricRule, type RulesOwner, readRule, record } from "@asm-autoscaler/hpa-metrics";
import { type Finding, misfitFinding, unknownFinding } from "../report.ts";
import { misfits, type Shape } from "../shape.ts";
import { alibabaFindings } from "./alibabaChart.ts";
import { chartFindings, customFindings, defaultFindings, resourceFindings } from "./chart.ts";

/** An external rule of prometheus-adapter. */
export interface ExternalRule {
  /** The adapter that serves the rule. */
  readonly owner: RulesOwner;
  /** As the file has it. */
  readonly seriesQuery: string;
  /** The rule's position, such as `externalRules[0] of monitoring/adapter-config`. */
  readonly place: string;
  /** Undefined if the rule cannot be read. */
  readonly rule?: MetricRule;
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
  value: Record<string, unknown>,
  place: string,
  misfit: string | undefined,
): ExternalRule {
  const read = readRule(value, place);
  const noNamespace =
    "it does not say which label has the namespace: set resources.overrides or resources.template, or resources.namespaced: false";
  const fault = misfit ?? (read.ok ? (read.serves.external ? undefined : noNamespace) : read.why);
  return {
    owner,
    seriesQuery: String(value["seriesQuery"] ?? ""),
    place,
    ...(read.ok ? { rule: read.rule } : {}),
    ...(fault === undefined ? {} : { fault }),
  };
}
