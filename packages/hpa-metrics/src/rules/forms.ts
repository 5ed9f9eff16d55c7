import { record } from "../json";
import { runToEnd } from "../steps";
import { type ConfigDocument, readConfigText } from "./configText";

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
  /** Where a key is written twice in the text with the configuration, if that is known. */
  readonly duplicates?: readonly string[];
  /** The key of the ConfigMap that has the configuration. */
  readonly key?: string;
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
  return valuesIn(object, "", MOST_DEPTH);
}

/** Finds the configurations in the texts of a ConfigMap. */
export function findInConfigMap(object: Record<string, unknown>): FoundConfigs {
  return runToEnd(findInConfigMapInSteps(object));
}

/** As `findInConfigMap`, in steps. */
export function* findInConfigMapInSteps(object: Record<string, unknown>): Generator<undefined, FoundConfigs> {
  const configs: FoundConfig[] = [];
  const unread: { key: string; why: string }[] = [];
  const others: string[] = [];
  for (const [key, text] of Object.entries(record(object["data"]))) {
    const read = yield* configText(text);
    if (read.ok) configs.push(...read.documents.flatMap((document) => configsIn(document, key)));
    else if (read.why !== undefined) unread.push({ key: `data.${key}`, why: read.why });
    else others.push(`data.${key}`);
  }
  const [first, ...rest] = configs;
  return { configs: first ? [{ ...first, others: [...first.others, ...others] }, ...rest] : [], unread };
}

/** The documents of a text with rules. Otherwise why it cannot be read, if it looks like rules. */
function* configText(
  text: unknown,
): Generator<undefined, { ok: true; documents: readonly ConfigDocument[] } | { ok: false; why?: string }> {
  if (typeof text !== "string" || !/rules|seriesQuery/i.test(text)) return { ok: false };
  const read = yield* readConfigText(text);
  if (read.ok) return read.documents.some((document) => configsIn(document).length > 0) ? read : { ok: false };
  const looksLikeRules = /^[ \t]{0,20}["']?(?:rules|externalRules|resourceRules)["']?[ \t]{0,20}:/m.test(text);
  return looksLikeRules ? read : { ok: false };
}

/** The configurations of a document that was read by `readConfigText`. */
export function configsIn({ value, duplicates }: ConfigDocument, key?: string): FoundConfig[] {
  return findConfigs(record(value)).map((config) => ({ ...config, duplicates, ...(key === undefined ? {} : { key }) }));
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
function valuesIn(value: unknown, path: string, depth: number): FoundConfig[] {
  if (depth === 0) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => valuesIn(item, `${path}[${index}]`, depth - 1));
  if (!isMapping(value)) return [];
  const found = { form: "values", path, config: value, others: [] } as const;
  if (isAlibaba(value)) return [{ ...found, owner: "ack-alibaba-cloud-metrics-adapter" }];
  if (isValues(value)) return [{ ...found, owner: "prometheus-adapter" }];
  const inner = Object.entries(value).map(([key, one]) => {
    const at = path === "" ? key : `${path}.${key}`;
    const within = /^values(?:Content)?$/.test(key) && typeof one === "string" ? textValue(one) : one;
    return { at, configs: valuesIn(within, at, depth - 1) };
  });
  const others = inner.flatMap(({ at, configs }) => (configs.length === 0 ? [at] : []));
  return inner.flatMap(({ configs }) =>
    configs.map((config) => ({ ...config, others: [...others, ...config.others] })),
  );
}

function textValue(text: string): unknown {
  const read = runToEnd(readConfigText(text));
  return read.ok ? read.documents[0]?.value : undefined;
}
