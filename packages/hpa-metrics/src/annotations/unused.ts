import { nearest } from "../nearest";
import { counted } from "../plural";
import { type Problem, problem } from "../problem";
import { reservedKeys, settingsOfQuery } from "./key";
import type { Config } from "./settings";

/**
 * Settings of kube-metrics-adapter that have no effect on a type of metric. kube-metrics-adapter ignores them there
 * too.
 */
const withoutEffect = {
  external: ["per-replica", "min-pod-ready-age"],
  object: ["min-pod-ready-age"],
  pods: [],
} as const;

/** Maximum number of unused annotations that are reported individually. */
const MOST = 20;

/** Returns a warning for each annotation of a metric name that has no effect. `served` has the names of the same type. */
export function unusedKeys(
  { metricName, type }: { readonly metricName: string; readonly type: keyof typeof withoutEffect },
  config: Config,
  claimed: ReadonlySet<string>,
  served: ReadonlySet<string>,
): Problem[] {
  const isServed = served.has(metricName);
  const isIneffective = (name: string) => withoutEffect[type].some((one: string) => one === name);
  const isUnused = (name: string, key: string) =>
    !isServed || isIneffective(name) || !(claimed.has(key) || reservedKeys.some((reserved) => reserved === name));
  const idle = [...config].flatMap(([name, { key }]) => (isUnused(name, key) ? [{ name, key }] : []));
  if (idle.length === 0) return [];
  const words = wordsOf(config, claimed);
  const problems = idle.slice(0, MOST).map(({ name, key }) => {
    if (!isServed) return unnamed(key, { metricName, type }, served);
    return isIneffective(name) ? ineffective(key, name, type) : unused(key, name, words);
  });
  const [next] = idle.slice(MOST);
  return next ? [...problems, more(next.key, idle.length - MOST)] : problems;
}

/** All valid keys of this metric. */
function wordsOf(config: Config, claimed: ReadonlySet<string>): string[] {
  const named = [...config].flatMap(([known, { key }]) => (claimed.has(key) ? [known] : []));
  return [...reservedKeys, ...named, ...settingsOfQuery.flatMap((key) => named.map((query) => `${key}.${query}`))];
}

function unnamed(
  key: string,
  { metricName, type }: { readonly metricName: string; readonly type: string },
  served: ReadonlySet<string>,
): Problem {
  const near = nearest(metricName, served);
  return problem(
    "ASM_KEY_UNUSED",
    `the annotation "${key}" is not used: no ${type} metric of the HPA is named "${metricName}"${hint(near)}`,
    { key },
  );
}

function more(key: string, count: number): Problem {
  return problem(
    "ASM_KEY_UNUSED",
    `the annotation "${key}" is not used, like ${counted(count - 1, "other annotation")} of the metric`,
    { key, remedy: "Remove the annotations that nothing uses" },
  );
}

function unused(key: string, name: string, words: readonly string[]): Problem {
  const near = nearest(name, words);
  return problem(
    "ASM_KEY_UNUSED",
    `the annotation "${key}" is not used: "${name}" is neither a setting nor the query-name of a metric${hint(near)}`,
    { key },
  );
}

/** A setting that does not apply to metrics of this type. */
export function ineffective(key: string, name: string, type: string): Problem {
  return problem(
    "ASM_KEY_WITHOUT_EFFECT",
    `the annotation "${key}" has no effect: ${name} is not for ${type} metrics`,
    { key },
  );
}

function hint(near: string | undefined): string {
  return near === undefined ? "" : `, did you mean "${near}"?`;
}
