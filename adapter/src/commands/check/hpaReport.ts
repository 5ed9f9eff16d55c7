import { isDeepStrictEqual } from "node:util";
import {
  type HasOwnDialect,
  type MetricSpec,
  objectMetricsOf,
  type Problem,
  type ReadMetricSpecs,
  readHpa,
  readMetricSpecs,
  record,
} from "@asm-autoscaler/hpa-metrics";
import type { Routed } from "../../delegates/routing.ts";
import { type EditableHpa, editHpa } from "./cleanHpa.ts";
import { convertHpa, removedVersion } from "./hpaVersions.ts";
import { referenceOf } from "./kubeMetricsAdapter.ts";
import type { Manifest } from "./manifests.ts";
import { fillIn, placeholderInQuery } from "./placeholders.ts";
import { fromProxies, ownDialects, servedObjects, servers, severalSamples } from "./queryFindings.ts";
import { refusedByApiServer } from "./refusedByApiServer.ts";
import { repair } from "./repair.ts";
import { type Finding, misfitFinding, type Reference, type Report, unknownFinding } from "./report.ts";
import type { ExternalRule } from "./rules/readRules.ts";
import { applyRules } from "./rules/ruleQuery.ts";
import { type GivenRules, ruleFindings } from "./rules/servedByRules.ts";
import { REFUSED } from "./shape.ts";
import { isOurs, otherExternal, ownAdapter, unservedCustom } from "./sources.ts";
import { hostnamesToQuery, objectToExternal } from "./toExternal.ts";

/** A repaired HPA with its findings and metric specs. The specs are compared with those of other HPAs. */
export interface CheckedHpa {
  readonly manifest: Manifest;
  readonly hpa: EditableHpa;
  readonly findings: Finding[];
  specs: readonly MetricSpec[];
  /** The HPA as it was given, as `autoscaling/v2`. */
  readonly given: Record<string, unknown>;
  /** The adapter that serves the HPA now, or whose rules were given, if it has no annotations of kube-metrics-adapter. */
  readonly otherAdapter?: string | undefined;
  /** Whether part of it could not be read. Such an HPA is not printed. */
  readonly isUnreadable: boolean;
}

/** What an HPA was written for, and the servers of this adapter with a query dialect of their own. By default, none. */
interface CheckSettings {
  readonly reference: Reference;
  readonly hasOwnDialect?: HasOwnDialect | undefined;
  /** The adapter's delegates. By default, there are none. */
  readonly delegates?: readonly Routed[];
  /** Whether `Object` metrics with a query on Prometheus are served as they are. By default, they become `External`. */
  readonly servesObjects?: boolean;
  /** Rules of prometheus-adapter that the adapter serves as they are. By default, there are none. */
  readonly served?: readonly GivenRules[];
}

/**
 * Compares how the reference adapter and this adapter read an HPA, and repairs differences where the intent is clear.
 * @param rules External rules of prometheus-adapter whose queries become annotations.
 * @param used Receives the rules that serve a metric of the HPA.
 */
export function checkHpa(
  manifest: Manifest,
  { reference, hasOwnDialect, delegates = [], served = [], servesObjects = false }: CheckSettings,
  rules: readonly ExternalRule[] = [],
  used: Set<ExternalRule> = new Set(),
): CheckedHpa {
  const { object: given, misfits } = convertHpa(manifest.object);
  const hpa = editHpa(given);
  const placeholders = placeholderFindings(hpa);
  const isUnreadable = placeholders.length > 0 || misfits.some((misfit) => misfit.isUnreadable);
  const findings: Finding[] = [];
  findings.push(
    ...removedVersion(manifest.object),
    ...misfits.map(misfitFinding),
    ...placeholders,
    ...(isUnreadable ? [] : refusedByApiServer(given).map(refusedFinding)),
    ...applyRules(hpa, manifest, rules, used),
    ...(servesObjects ? [] : hpa.objects.flatMap((object) => objectToExternal(object, hpa) ?? [])),
    ...hpa.external.flatMap((metric) => hostnamesToQuery(metric, hpa) ?? []),
  );
  const read = () =>
    readMetricSpecs(hpa.annotations, hpa.external, {
      ...{ hasOwnDialect, target: readHpa(given).scaleTarget },
      objects: servesObjects ? objectMetricsOf(readHpa(given)) : undefined,
    });
  const isOfReader = (name: string) => servesObjects && hasObjectQuery(hpa, name);
  const metrics = record(record(hpa.print())["spec"])["metrics"];
  const { findings: ofRules, isTold, noRule } = ruleFindings(hpa, manifest.namespace, metrics, served);
  findings.push(
    ...ofRules,
    ...servedObjects(read().specs),
    ...unservedCustom(metrics, hpa, (metric, name) => isTold(metric) || isOfReader(name), noRule),
    ...hpa.external.flatMap((metric) =>
      isOurs(metric) || isTold(metric) ? [] : [otherExternal(metric, manifest.namespace, delegates, noRule)],
    ),
    ...expressions(hpa),
    ...newForm(hpa, reference),
  );
  findings.push(...repaired(hpa, read));
  findings.push(...severalSamples(hpa, read().specs));
  const { specs } = read();
  findings.push(...servers(specs), ...ownDialects(specs), ...fromProxies(specs));
  const isAnnotated = Object.keys(hpa.annotations).some((key) => key.startsWith("metric-config."));
  const otherAdapter = isAnnotated ? undefined : (ofRules[0]?.id ?? ownAdapter(hpa) ?? served[0]?.owner);
  return { manifest, hpa, findings, specs, given, otherAdapter, isUnreadable };
}

/**
 * Reports the problems that this adapter has with an HPA, and repairs them. A repair can reveal a problem that another
 * one has hidden, so the HPA is read again.
 */
function repaired(hpa: EditableHpa, read: () => ReadMetricSpecs): Finding[] {
  const findings: { readonly finding: Finding; readonly left?: string }[] = [];
  const told = new Set<string>();
  for (let round = 0; round < 4; round += 1) {
    const fresh = read().problems.filter((problem) => {
      const line = lineOf(problem);
      return !UNSERVED.has(problem.code) && !told.has(line) && told.add(line);
    });
    if (fresh.length === 0) break;
    const behaviours = fresh.map((problem) => referenceOf(problem, hpa));
    for (const [index, problem] of fresh.entries()) {
      const behaviour = behaviours[index];
      const done = repair(problem, hpa);
      const left = done === undefined && !behaviour?.differs ? { left: lineOf(problem) } : {};
      if (behaviour) findings.push({ finding: problemFinding(problem, behaviour, done), ...left });
    }
  }
  // The repair of one problem can also solve another one.
  const still = new Set(read().problems.map(lineOf));
  return findings.flatMap(({ finding, left }) => (left === undefined || still.has(left) ? [finding] : []));
}

/** Whether annotations configure an `Object` metric of this name on Prometheus, so that its problems are reported. */
function hasObjectQuery({ annotations }: EditableHpa, name: string): boolean {
  return Object.keys(annotations).some((key) => key.startsWith(`metric-config.object.${name}.prometheus/`));
}

/** What findings about sources of metrics say in more words. */
const UNSERVED: ReadonlySet<string> = new Set(["ASM_METRIC_NOT_SERVED", "ASM_COLLECTOR_NOT_SERVED"]);

function lineOf({ code, key, message }: Problem): string {
  return JSON.stringify([code, key, message]);
}

function problemFinding(
  { code, key, message, remedy }: Problem,
  { id, differs, does }: ReturnType<typeof referenceOf>,
  done: string | undefined,
): Finding {
  return {
    id,
    differs,
    ...(key === undefined ? {} : { key }),
    message: `${code}: ${message}`,
    reference: does,
    here: done ?? `you decide: ${remedy}`,
  };
}

/** Reports annotations for metrics with a placeholder that is not filled in. */
function placeholderFindings({ annotations }: EditableHpa): Finding[] {
  return Object.entries(annotations).flatMap(([key, value]) => {
    const placeholder = key.startsWith("metric-config.") ? placeholderInQuery(value) : undefined;
    if (placeholder === undefined) return [];
    return [
      unknownFinding(`${key} contains the placeholder ${placeholder}`, `you decide: ${fillIn(placeholder)}`, key),
    ];
  });
}

function refusedFinding(fault: string): Finding {
  return unknownFinding(`the HPA is not valid: ${fault}`, "you decide: correct it", undefined, REFUSED);
}

/**
 * Returns the report of a checked HPA. It includes the HPA if it was changed and what was changed can be applied.
 */
export function hpaReport(
  { manifest, hpa, findings, given, otherAdapter, isUnreadable }: CheckedHpa,
  reference: Reference,
): Report {
  const before = editHpa(given).print();
  const after = hpa.print();
  const old = !["autoscaling/v2", "undefined"].includes(String(manifest.object["apiVersion"]));
  const isChanged =
    JSON.stringify(before) !== JSON.stringify(after) ||
    (manifest.source !== "cluster" && hpa.external.length > 0 && (old || isTidied(manifest.object, given)));
  // What was wrong before has a finding of its own.
  const told = new Set(refusedByApiServer(given));
  const refused = isUnreadable ? [] : refusedByApiServer(after).filter((sentence) => !told.has(sentence));
  const isPrinted = !isUnreadable && refused.length === 0;
  return {
    subject: `HorizontalPodAutoscaler ${manifest.namespace}/${manifest.name} (${manifest.source})`,
    compared:
      otherAdapter === undefined
        ? { what: "HPAs", with: reference }
        : { what: `HPAs on metrics of ${otherAdapter}`, with: "it" },
    findings: [
      ...findings,
      ...refused.map((sentence) => unknownFinding(`the corrected HPA is not valid: ${sentence}`, "it is not printed")),
    ],
    ...(isChanged && isPrinted ? { manifest: after } : {}),
    ...(isPrinted ? { whole: after } : {}),
  };
}

/** Whether a spec changed when it was read: a number became text, or a field that is not known was left out. */
function isTidied(object: Record<string, unknown>, given: Record<string, unknown>): boolean {
  return !isDeepStrictEqual(object["spec"], given["spec"]);
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
