import { type MetricSpec, readMetricSpecs } from "hpa-metrics";
import { record, recordsIn } from "../../kubernetes/listWatch.ts";
import type { ExternalRule } from "./adapterRules.ts";
import { applyRules } from "./adapterRules.ts";
import { CheckError } from "./args.ts";
import { type EditableHpa, editHpa } from "./cleanHpa.ts";
import type { Manifest } from "./manifests.ts";
import { referenceOf } from "./reference.ts";
import { repair } from "./repair.ts";
import type { Finding, Reference, Report } from "./report.ts";
import { givesOneSample } from "./series.ts";

/** A repaired HPA with its findings and metric specs. The specs are compared with those of other HPAs. */
export interface CheckedHpa {
  readonly manifest: Manifest;
  readonly hpa: EditableHpa;
  readonly findings: Finding[];
  specs: readonly MetricSpec[];
}

/**
 * Compares how the reference adapter and this adapter read an HPA, and repairs differences where the intent is clear.
 * @param rules External rules of prometheus-adapter that can serve the HPA's metrics.
 * @throws CheckError for an HPA of an old API version with metrics in another form.
 */
export function checkHpa(manifest: Manifest, reference: Reference, rules: readonly ExternalRule[] = []): CheckedHpa {
  refuseOldVersion(manifest);
  const hpa = editHpa(manifest.object);
  const findings: Finding[] = [
    ...applyRules(hpa, manifest, rules),
    ...otherTypes(manifest),
    ...expressions(hpa),
    ...newForm(hpa, reference),
  ];
  // Reports the HPA's problems. A repair can reveal a problem that another one has hidden, so the HPA is read again.
  const told = new Set<string>();
  for (let round = 0; round < 4; round += 1) {
    const fresh = readMetricSpecs(hpa.annotations, hpa.external).problems.filter(({ code, key, message }) => {
      const line = JSON.stringify([code, key, message]);
      return !told.has(line) && told.add(line);
    });
    if (fresh.length === 0) break;
    const behaviours = fresh.map((problem) => referenceOf(problem, hpa));
    for (const [index, problem] of fresh.entries()) {
      const behaviour = behaviours[index];
      if (!behaviour) continue;
      const done = repair(problem, hpa);
      findings.push({
        id: behaviour.id,
        differs: behaviour.differs,
        ...(problem.key === undefined ? {} : { key: problem.key }),
        message: `${problem.code}: ${problem.message}`,
        reference: behaviour.does,
        here: done ?? `you decide: ${problem.remedy}`,
      });
    }
  }
  findings.push(...severalSamples(hpa));
  const { specs } = readMetricSpecs(hpa.annotations, hpa.external);
  findings.push(...servers(specs));
  return { manifest, hpa, findings, specs };
}

/** The annotation in which the API server stores an HPA's metrics for clients of v1. */
const V1_METRICS = "autoscaling.alpha.kubernetes.io/metrics";

/**
 * Refuses HPAs of v1 and v2beta1 with metrics in another form. v1 has metrics other than CPU in an annotation. v2beta1
 * has other fields for metrics that are not external.
 */
function refuseOldVersion({ object, namespace, name, source }: Manifest): void {
  const version = String(object["apiVersion"]).replace("autoscaling/", "");
  const annotations = Object.keys(record(record(object["metadata"])["annotations"]));
  const isOurs = annotations.some((key) => key.startsWith("metric-config.") || key === V1_METRICS);
  const isOther = recordsIn(record(object["spec"])["metrics"]).some(({ type }) => type !== "External");
  if (!isOurs || !(version === "v1" || (version === "v2beta1" && isOther))) return;
  throw new CheckError(
    `HorizontalPodAutoscaler ${namespace}/${name} in ${source} is of autoscaling/${version}, which has its metrics in another form`,
    "Pass it as `kubectl get hpa.v2.autoscaling -o yaml` prints it",
  );
}

/** Reports queries that name their own server (pc-32). */
function servers(specs: readonly MetricSpec[]): Finding[] {
  return specs.flatMap(({ server, queryKey: key }): Finding[] => {
    if (server.kind !== "url") return [];
    const message = `the HPA names the server of its query itself: ${server.url}`;
    const here = "not served (ASM_SERVER_NOT_ALLOWED), unless --allow-prometheus-server has it";
    return [{ id: "pc-32", differs: true, key, message, reference: "asks any server", here }];
  });
}

/** Returns the report of a checked HPA. It includes the HPA if it was changed. */
export function hpaReport({ manifest, hpa, findings }: CheckedHpa): Report {
  const before = JSON.stringify(editHpa(manifest.object).print());
  const after = hpa.print();
  const old = String(manifest.object["apiVersion"]) !== "autoscaling/v2";
  const changed = before !== JSON.stringify(after) || (old && manifest.source !== "cluster" && hpa.external.length > 0);
  return {
    subject: `HorizontalPodAutoscaler ${manifest.namespace}/${manifest.name} (${manifest.source})`,
    findings,
    ...(changed ? { manifest: after } : {}),
    whole: after,
  };
}

/** Reports Pods and Object metrics with annotations. Only the reference adapter serves them. */
function otherTypes({ object }: Manifest): Finding[] {
  const { annotations } = editHpa(object);
  const types = ["pods", "object"].filter((type) =>
    Object.keys(annotations).some((key) => key.startsWith(`metric-config.${type}.`)),
  );
  return types.map((type) => ({
    id: "ASM_SOURCE_MISSING",
    differs: true,
    key: `metric-config.${type}.…`,
    message: `the HPA configures a metric of type ${type}`,
    reference: "serves it by the custom metrics API",
    here: "not served: keep the reference for the custom metrics API, or use a query on Prometheus",
  }));
}

/** Reports queries that are selected by matchExpressions (pc-37). */
function expressions(hpa: EditableHpa): Finding[] {
  const named = hpa.external.filter(({ matchExpressions }) =>
    matchExpressions.some(
      ({ key, operator, values }) => key === "query-name" && operator === "In" && values?.length === 1,
    ),
  );
  return named.map(({ name }) => ({
    id: "pc-37",
    differs: true,
    message: `the metric "${name}" names its query by matchExpressions`,
    reference: "does not read it, so the metric has no query",
    here: "read like matchLabels, and served",
  }));
}

/** Reports metrics in the newer form. The adapter of 2020 finds a query only by its name. */
function newForm(hpa: EditableHpa, reference: Reference): Finding[] {
  if (reference !== "guide-2020") return [];
  return hpa.external
    .filter(({ matchLabels }) => matchLabels["type"] === "prometheus" && !matchLabels["query-name"])
    .map(({ name }) => ({
      id: "guide-2020",
      differs: true,
      message: `the metric "${name}" is written in the form of 2020-11 and later`,
      reference: "does not know this form and serves nothing",
      here: "served",
    }));
}

/** Wraps a query that can return several samples, so that both adapters return the same value. */
function severalSamples(hpa: EditableHpa): Finding[] {
  const findings: Finding[] = [];
  for (const spec of readMetricSpecs(hpa.annotations, hpa.external).specs) {
    if (spec.aggregate || givesOneSample(spec.query)) continue;
    const metric = hpa.external.find(
      ({ name, matchLabels }) => name === spec.metricName && matchLabels["query-name"] === spec.labels["query-name"],
    );
    const way = metric?.target["type"] === "Value" ? "max" : "sum";
    const lines = /#/.test(spec.query.text) ? `\n${spec.query.text}\n` : spec.query.text;
    hpa.annotations[spec.queryKey] = `${way}(${lines})`;
    findings.push({
      id: "ASM_SEVERAL_SERIES",
      differs: true,
      key: spec.queryKey,
      message: "the query may give several samples",
      reference: "takes the first one, silently",
      here: `an error when there are several; the query is now ${way}(…), check that you want the ${way}`,
    });
  }
  return findings;
}
