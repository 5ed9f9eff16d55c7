import {
  cutProblem,
  type Fault,
  type MetricSpec,
  MOST_METRICS,
  readMetricSpecsInSteps,
  runToEnd,
  templateInstanceOf,
} from "hpa-metrics";
import type { Hpa } from "./hpa.ts";

/** What one HPA asks for, and what is wrong with it. */
export interface HpaMetrics {
  hpa: Hpa;
  specs: MetricSpec[];
  faults: Fault[];
  /** Metrics that it would be served if its namespace had room for them. */
  waits?: MetricSpec[];
}

/** What the operator's configuration says about each metric. */
export interface HpaRules {
  /** What the adapter's own configuration cannot serve, for example an unknown alias. */
  checkSpec(spec: MetricSpec): Fault | undefined;
  /** The metric as its namespace may have it, or why it may not, in steps; as it is by default. */
  admit?(namespace: string, spec: MetricSpec): Generator<undefined, MetricSpec | Fault>;
  /** `--max-metrics-per-hpa`; MOST_METRICS without it. */
  maxMetricsPerHpa?: number;
}

/** What an HPA asks for by itself, whatever room its namespace has. */
export function readHpaMetrics(hpa: Hpa, rules: HpaRules): HpaMetrics {
  return runToEnd(readHpaMetricsInSteps(hpa, rules));
}

/** `readHpaMetrics` in steps of at most some 30 ms each, for the largest HPA that the Kubernetes API takes. */
export function* readHpaMetricsInSteps(
  hpa: Hpa,
  { checkSpec, admit, maxMetricsPerHpa = MOST_METRICS }: HpaRules,
): Generator<undefined, HpaMetrics> {
  const { specs: asked, faults } = yield* readMetricSpecsInSteps(
    hpa.annotations,
    hpa.externalMetrics,
    maxMetricsPerHpa,
  );
  const specs: MetricSpec[] = [];
  for (const spec of asked) {
    yield;
    const admitted = checkSpec(spec) ?? (admit ? yield* admit(hpa.namespace, spec) : spec);
    if ("code" in admitted) {
      faults.push(cutProblem(admitted));
      continue;
    }
    yield;
    // Worked out here, where the reader waits for it in steps, and not when a thousand queries are evaluated together.
    templateInstanceOf(admitted.query);
    specs.push(admitted);
  }
  return { hpa: kept(hpa, specs), specs, faults };
}

/** The HPA without the texts that nobody needs once it is read: its annotations, and the selectors where none is served. */
function kept(hpa: Hpa, specs: readonly MetricSpec[]): Hpa {
  const names = () => hpa.externalMetrics.slice(0, MOST_METRICS).map(({ name }) => ({ name: name.slice(0, 253) }));
  return { ...hpa, annotations: {}, externalMetrics: specs.length > 0 ? hpa.externalMetrics : names() };
}

/** About how many characters a wish keeps in memory. */
export function sizeOf({ hpa, specs, faults, waits = [] }: HpaMetrics): number {
  const served = [...specs, ...waits].reduce((sum, { query, labels, queryKey, metricName }) => {
    const labelled = Object.entries(labels).reduce((all, [name, value]) => all + name.length + value.length, 0);
    return sum + query.text.length + labelled + queryKey.length + metricName.length;
  }, 0);
  const told = faults.reduce(
    (sum, { message, remedy, key = "" }) => sum + message.length + remedy.length + key.length,
    0,
  );
  return hpa.id.length + JSON.stringify(hpa.externalMetrics).length + served + told;
}
