import { duration } from "./flagValues.ts";

/** The file with rules of prometheus-adapter, and how their series are listed. */
export interface RulesFlags {
  /** Path of the file. Without it, the adapter serves custom metrics of annotations only, with `--custom-metrics`. */
  prometheusAdapterConfig?: string;
  /** Whether `rules` also serve external metrics. */
  areRulesForBoth: boolean;
  metricsRelistMs: number;
  metricsMaxAgeMs: number;
}

const [FILE, BOTH] = ["prometheus-adapter-config", "prometheus-adapter-rules-for-both"];
const [RELIST, MAX_AGE] = ["metrics-relist-interval", "metrics-max-age"];
/** Shortest relist interval, in ms. A list of the default rules has nearly every series of the cluster. */
const LEAST_RELIST_MS = 5_000;

/**
 * Reads the flags of rules. The default relist interval is prometheus-adapter's: the list is expensive, and a metric that
 * is asked for and missing is looked for after a minute.
 */
export function rulesFlags(
  last: (name: string) => string | undefined,
  isOn: (name: string) => boolean,
  mistakes: string[],
): RulesFlags {
  const path = last(FILE);
  const areRulesForBoth = isOn(BOTH);
  const relistMs = duration(last(RELIST) ?? "10m", RELIST, mistakes);
  const maxAge = last(MAX_AGE);
  const maxAgeMs = maxAge === undefined ? relistMs : duration(maxAge, MAX_AGE, mistakes);
  const others = [...(areRulesForBoth ? [BOTH] : []), ...[RELIST, MAX_AGE].filter((name) => last(name) !== undefined)];
  if (!path && others.length > 0) mistakes.push(`--${others.join(" and --")} need --${FILE}, which names the rules`);
  else if (relistMs < LEAST_RELIST_MS) mistakes.push(`--${RELIST} is shorter than ${LEAST_RELIST_MS / 1000}s`);
  // As prometheus-adapter demands: series between the two times would come and go.
  else if (maxAgeMs < relistMs)
    mistakes.push(`--${MAX_AGE} is shorter than --${RELIST}; give at least the same duration`);
  const times = { metricsRelistMs: relistMs, metricsMaxAgeMs: maxAgeMs };
  return { ...(path ? { prometheusAdapterConfig: path } : {}), areRulesForBoth, ...times };
}
