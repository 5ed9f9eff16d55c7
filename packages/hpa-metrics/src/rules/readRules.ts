import { record } from "../json";
import { type Problem, problem } from "../problem";
import { runToEnd } from "../steps";
import { readConfigText } from "./configText";
import { DEFAULT_RULES } from "./defaultRules";
import {
  CONFIG_KEYS,
  configsIn,
  type FoundConfig,
  type FoundConfigs,
  findInConfigMapInSteps,
  VALUES_KEYS,
} from "./forms";
import { readRule } from "./rule";
import type { BrokenRule, MetricRule, RulesFile, RulesOptions, RulesResult } from "./types";

/**
 * Reads a configuration of prometheus-adapter: its file, a ConfigMap with it, or values for its Helm chart or for that of
 * Alibaba Cloud's adapter, also inside those of another chart. A rule that cannot be served is in `broken`, and the others
 * are served; prometheus-adapter does not start with it.
 * Source: https://github.com/kubernetes-sigs/prometheus-adapter/blob/master/docs/config.md
 */
export function readRules(text: string, options: RulesOptions = {}): RulesResult {
  return runToEnd(readRulesInSteps(text, options));
}

/** As `readRules`, in steps. */
export function* readRulesInSteps(text: string, options: RulesOptions = {}): Generator<undefined, RulesResult> {
  const read = yield* readConfigText(text);
  if (!read.ok) return notRead(`the configuration of prometheus-adapter cannot be read: ${read.why}`);
  const configs: FoundConfig[] = [];
  const unread: FoundConfigs["unread"][number][] = [];
  for (const document of read.documents) {
    const object = record(document.value);
    const found =
      object["kind"] === "ConfigMap"
        ? yield* findInConfigMapInSteps(object)
        : { configs: configsIn(document), unread: [] };
    configs.push(...found.configs);
    unread.push(...found.unread);
  }
  const [first] = configs;
  if (first === undefined && unread.length === 0) {
    return notRead("the text has no rules of prometheus-adapter: none of rules, externalRules and resourceRules");
  }
  const reader = new RulesReader();
  const isMap = configs.every(({ key }) => key !== undefined);
  for (const config of isMap ? configs : configs.slice(0, 1)) {
    const before = isMap && configs.length > 1 ? `${config.key}: ` : "";
    yield* readConfig(reader, config, before, options.isAlibaba ?? false);
  }
  if (!isMap && configs.length > 1) reader.refuse(`configuration 2 of ${configs.length}`, "only the first one is read");
  for (const { key, why } of unread) reader.refuse(key, `its rules cannot be read: ${why}`);
  return { ok: true, file: reader.file() };
}

function notRead(message: string): RulesResult {
  return { ok: false, problem: problem("ASM_RULES_FILE", message) };
}

/** Collects the rules of a configuration. */
class RulesReader {
  private readonly custom: MetricRule[] = [];
  private readonly external: MetricRule[] = [];
  private readonly broken: BrokenRule[] = [];
  private hasResourceRules = false;

  file(): RulesFile {
    const { custom, external, broken, hasResourceRules } = this;
    return { custom, external, broken, hasResourceRules };
  }

  refuse(place: string, why: string): void {
    this.broken.push({ place, problem: invalid(`${place}: ${why}`) });
  }

  /** @param apis The APIs that serve the rule. */
  add(value: unknown, place: string, apis: readonly ("custom" | "external")[]): void {
    const read = readRule(value, place);
    if (!read.ok) {
      this.refuse(place, read.why);
      return;
    }
    if (apis.includes("custom")) {
      if (read.serves.custom) this.custom.push(read.rule);
      else if (apis.length === 1 || !read.serves.external) this.refuse(place, NO_LABELS);
    }
    if (apis.includes("external")) {
      if (read.serves.external) this.external.push(read.rule);
      else if (apis.length === 1) this.refuse(place, NO_NAMESPACE);
    }
  }

  addResourceRules(value: unknown): void {
    this.hasResourceRules ||= Object.keys(record(value)).length > 0;
  }
}

const NO_LABELS = "it does not say which labels name objects: set resources.overrides or resources.template";
const NO_NAMESPACE =
  "it does not say which label has the namespace: set resources.overrides or resources.template, or resources.namespaced: false";

function invalid(message: string): Problem {
  return problem("ASM_RULE_INVALID", message);
}

/** @param before What is before each place, if there are several configurations. */
function* readConfig(
  reader: RulesReader,
  config: FoundConfig,
  before: string,
  isAlibaba: boolean,
): Generator<undefined, undefined> {
  const duplicates = config.duplicates ?? [];
  const isAlibabaChart = config.owner === "ack-alibaba-cloud-metrics-adapter";
  const both = isAlibaba || isAlibabaChart;
  const { lists, resourceRules, unread } = config.form === "file" ? fileLists(config) : valuesLists(config);
  for (const { list, field, api } of lists) {
    if (list === undefined || list === null) continue;
    if (!Array.isArray(list)) {
      reader.refuse(before + field, "it is not a list of rules");
      continue;
    }
    for (const [index, rule] of list.entries()) {
      const place = `${field}[${index}]`;
      const repeated = duplicates.find((path) => path.startsWith(`${place}.`));
      if (repeated !== undefined) reader.refuse(before + place, `${repeated} is written twice`);
      else reader.add(rule, before + place, api === "custom" && both ? ["custom", "external"] : [api]);
      yield;
    }
  }
  for (const path of duplicates.filter((one) => !/\[[0-9]+\]/.test(one))) {
    reader.refuse(before + path, "it is written twice, and only the last one is read");
  }
  for (const { field, why } of unread) reader.refuse(before + field, why);
  reader.addResourceRules(resourceRules);
}

/** The lists of rules of one configuration, and what else it has. */
interface Lists {
  readonly lists: readonly { readonly list: unknown; readonly field: string; readonly api: "custom" | "external" }[];
  readonly resourceRules: unknown;
  readonly unread: readonly { readonly field: string; readonly why: string }[];
}

function fileLists({ config }: FoundConfig): Lists {
  return {
    lists: [
      { list: config["rules"], field: "rules", api: "custom" },
      { list: config["externalRules"], field: "externalRules", api: "external" },
    ],
    resourceRules: config["resourceRules"],
    unread: Object.keys(config).flatMap((key) =>
      CONFIG_KEYS.includes(key) ? [] : [{ field: key, why: "it is not a field of the configuration" }],
    ),
  };
}

function valuesLists({ owner, path, config }: FoundConfig): Lists {
  const isAlibaba = owner === "ack-alibaba-cloud-metrics-adapter";
  const prefix = [path, ...(isAlibaba ? ["adapter"] : []), "rules"].filter((part) => part !== "").join(".");
  const rules = record((isAlibaba ? record(config["adapter"]) : config)["rules"]);
  const unread = Object.keys(rules).flatMap((key) =>
    VALUES_KEYS.includes(key) ? [] : [{ field: `${prefix}.${key}`, why: "it is not a value of the chart" }],
  );
  if (rules["existing"]) {
    const why = `the rules are in the ConfigMap ${String(rules["existing"])}, and the chart ignores all others`;
    return { lists: [], resourceRules: undefined, unread: [...unread, { field: `${prefix}.existing`, why }] };
  }
  if (isAlibaba && rules["default"] === true) {
    unread.push({
      field: `${prefix}.default`,
      why: "the default rules of that chart are not public: copy its ConfigMap",
    });
  }
  const hasDefaults = !isAlibaba && rules["default"] !== false;
  return {
    lists: [
      { list: hasDefaults ? DEFAULT_RULES : undefined, field: `${prefix}.default`, api: "custom" },
      { list: rules["custom"], field: `${prefix}.custom`, api: "custom" },
      { list: rules["external"], field: `${prefix}.external`, api: "external" },
    ],
    resourceRules: rules["resource"],
    unread,
  };
}
