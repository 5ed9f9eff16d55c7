import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { isGiven } from "../validation/inputs";
import { RULES_CONFIG_MAP } from "./identity";

/**
 * The configuration of prometheus-adapter, whose rules this adapter then serves: those of metrics of type Pods and Object
 * by the custom metrics API, and the external ones by the external metrics API. Set either config or configMap. The
 * adapter reads a changed configuration without a restart.
 */
export interface MetricsAdapterRulesArgs {
  /**
   * The text of the configuration: that of prometheus-adapter (`config.yaml`), or the values of its Helm chart. A rule that
   * cannot be served is an error at preview.
   */
  config?: pulumi.Input<string>;
  /**
   * Name of an existing ConfigMap in the adapter's namespace with the configuration. The adapter serves the rules that it
   * understands, and reports the others.
   */
  configMap?: pulumi.Input<string>;
  /** Key in configMap. Defaults to config.yaml. */
  configMapKey?: pulumi.Input<string>;
  /**
   * Whether the list `rules` also serves external metrics, as in ack-alibaba-cloud-metrics-adapter, which has no
   * externalRules. Defaults to false.
   */
  bothApis?: boolean;
  /** Seconds between two lists of the series of a rule. Defaults to the adapter's flag --metrics-relist-interval. */
  relistIntervalSeconds?: number;
  /**
   * Age in seconds up to which a series without new samples still has its metric. Not less than the interval. Defaults to
   * the adapter's flag --metrics-max-age.
   */
  maxAgeSeconds?: number;
  /**
   * Takes the custom metrics API over from the adapter that has registered it, as takeOver of the MetricsAdapter does with
   * the external metrics API. The adapter may then read every custom metric. With false, it registers the custom metrics API itself.
   * Defaults to that takeOver.
   */
  takeOver?: boolean;
}

/** The key with the configuration in the ConfigMap of prometheus-adapter's chart. */
const KEY = "config.yaml";

/** Where the configuration is mounted. A folder, because a file of its own would not change with the ConfigMap. */
const RULES_PATH = "/etc/asm-metrics-adapter/rules";

/**
 * Creates the ConfigMap with the rules that are given as text.
 *
 * @returns undefined without rules, or with a ConfigMap of the user's own.
 */
export function createRules(
  name: string,
  metadata: k8s.meta.v1.ObjectMeta,
  rules: MetricsAdapterRulesArgs | undefined,
  opts: pulumi.CustomResourceOptions,
): ConfigMap | undefined {
  if (!isGiven(rules?.config)) return undefined;
  return new ConfigMap(
    `${name}-rules`,
    { metadata: { ...metadata, name: RULES_CONFIG_MAP }, data: { [KEY]: rules.config } },
    opts,
  );
}

/** Whether the adapter takes the custom metrics API over. */
export function takesCustomOver(takeOver: boolean | undefined, rules: MetricsAdapterRulesArgs | undefined): boolean {
  return isGiven(rules) && (rules.takeOver ?? takeOver ?? false);
}

/** The volume with the rules, and where it is mounted. While the ConfigMap or its key is missing, no new pod starts. */
export function rulesVolume({ configMap, configMapKey }: MetricsAdapterRulesArgs): {
  readonly volume: k8s.core.v1.Volume;
  readonly mount: k8s.core.v1.VolumeMount;
} {
  const items = [{ key: configMapKey ?? KEY, path: KEY }];
  return {
    volume: { name: "rules", configMap: { name: configMap ?? RULES_CONFIG_MAP, items } },
    mount: { name: "rules", mountPath: RULES_PATH, readOnly: true },
  };
}

/** The adapter's flags for the rules. */
export function rulesFlags({ bothApis, relistIntervalSeconds, maxAgeSeconds }: MetricsAdapterRulesArgs): string[] {
  return [
    `--prometheus-adapter-config=${RULES_PATH}/${KEY}`,
    ...(bothApis ? ["--prometheus-adapter-rules-for-both"] : []),
    ...(isGiven(relistIntervalSeconds) ? [`--metrics-relist-interval=${relistIntervalSeconds}s`] : []),
    ...(isGiven(maxAgeSeconds) ? [`--metrics-max-age=${maxAgeSeconds}s`] : []),
  ];
}
