import { record } from "../json";
import { yamlValue } from "../yaml";

/** The adapter that a configuration is for. Alibaba Cloud's adapter has the rules of prometheus-adapter. */
export type RulesOwner = "prometheus-adapter" | "ack-alibaba-cloud-metrics-adapter";

/** A configuration of prometheus-adapter, or of Alibaba Cloud's adapter, inside an object. */
export interface FoundConfig {
  readonly owner: RulesOwner;
  /** `file` is the configuration itself, `values` are the values of its Helm chart. */
  readonly form: "file" | "values";
  /** Where the configuration is inside its file, such as `prometheus-adapter`. Empty for the file itself. */
  readonly path: string;
  readonly config: Record<string, unknown>;
  /** Fields beside the configuration that belong to something else. */
  readonly others: readonly string[];
}

/** The configurations in an object, and the texts of a ConfigMap that cannot be read. */
export interface FoundConfigs {
  readonly configs: readonly FoundConfig[];
  readonly unread: readonly { readonly key: string; readonly why: string }[];
}

/** Keys of a configuration. */
export const CONFIG_KEYS: readonly string[] = ["rules", "externalRules", "resourceRules"];
/** Keys of the chart's value `rules`. */
export const VALUES_KEYS: readonly string[] = ["default", "custom", "external", "resource", "existing"];

/** How deep charts nest the values of other charts. */
const MOST_DEPTH = 10;

/** Whether the object has rules of prometheus-adapter: its configuration, or values for its Helm chart. */
export function holdsRules(object: Record<string, unknown>): boolean {
  return findConfigs(object).length > 0;
}

/** Finds the configuration in a file, or the values of prometheus-adapter's chart, also inside those of another chart. */
export function findConfigs(object: Record<string, unknown>): FoundConfig[] {
  if (isFile(object)) return [{ owner: "prometheus-adapter", form: "file", path: "", config: object, others: [] }];
  return valuesIn(object, "", [], MOST_DEPTH);
}

/** Finds the configurations in the texts of a ConfigMap. */
export function findInConfigMap(object: Record<string, unknown>): FoundConfigs {
  const entries = Object.entries(record(object["data"]));
  const read = entries.map(([key, text]) => ({ key, ...configText(text) }));
  const configs = read.filter(({ found }) => found.length > 0);
  const others = read
    .filter(({ found, why }) => found.length === 0 && why === undefined)
    .map(({ key }) => `data.${key}`);
  return {
    configs: configs.flatMap(({ found }, index) =>
      found.map((config) => ({ ...config, others: index === 0 ? [...config.others, ...others] : config.others })),
    ),
    unread: read.flatMap(({ key, why }) => (why === undefined ? [] : [{ key: `data.${key}`, why }])),
  };
}

function configText(text: unknown): { found: FoundConfig[]; why?: string } {
  if (typeof text !== "string" || !/rules|seriesQuery/i.test(text)) return { found: [] };
  try {
    return { found: findConfigs(record(yamlValue(text))) };
  } catch (error) {
    const looksLikeRules = /^[ \t]{0,20}["']?(?:rules|externalRules|resourceRules)["']?[ \t]{0,20}:/m.test(text);
    const [line = ""] = String(error instanceof Error ? error.message : error).split("\n");
    return looksLikeRules ? { found: [], why: line } : { found: [] };
  }
}

function isFile(object: Record<string, unknown>): boolean {
  return CONFIG_KEYS.some((key) => key in object) && !isMapping(object["rules"]);
}

/** Whether the object has values of the chart: its rules, or a value that no other chart has. */
function isValues(object: Record<string, unknown>): boolean {
  const { rules } = object;
  if (rules === undefined || rules === null) return "metricsRelistInterval" in object;
  return isMapping(rules) && VALUES_KEYS.some((key) => key in rules);
}

/**
 * Whether the object has values of the chart of Alibaba Cloud's adapter: the rules are in `adapter`, beside the server.
 * https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/horizontal-pod-scaling-based-on-prometheus-service-metrics-1
 */
function isAlibaba({ adapter, url }: Record<string, unknown>): boolean {
  return url !== undefined && isMapping(adapter) && isMapping(adapter["rules"]);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Searches mappings, lists and the texts in which Argo CD and k3s keep Helm values. */
function valuesIn(value: unknown, path: string, others: readonly string[], depth: number): FoundConfig[] {
  if (depth === 0) return [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => valuesIn(item, `${path}[${index}]`, [], depth - 1));
  }
  if (!isMapping(value)) return [];
  if (isAlibaba(value))
    return [{ owner: "ack-alibaba-cloud-metrics-adapter", form: "values", path, config: value, others }];
  if (isValues(value)) return [{ owner: "prometheus-adapter", form: "values", path, config: value, others }];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = path === "" ? key : `${path}.${key}`;
    const beside = Object.keys(value).flatMap((other) =>
      other === key ? [] : [path === "" ? other : `${path}.${other}`],
    );
    const within = /^values(?:Content)?$/.test(key) && typeof inner === "string" ? textValue(inner) : inner;
    return valuesIn(within, at, [...others, ...beside], depth - 1);
  });
}

function textValue(text: string): unknown {
  try {
    return yamlValue(text);
  } catch {
    return undefined;
  }
}
