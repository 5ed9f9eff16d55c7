import { type HasOwnDialect, parseQuantity, record, recordsIn, scheduleFloorQuery } from "@asm-autoscaler/hpa-metrics";
import type { Manifest } from "../manifests.ts";
import { writtenFaults } from "../refusedByApiServer.ts";
import { type Finding, misfitFinding, type Report, unknownFinding } from "../report.ts";
import { type Misfit, misfits, NOT_KNOWN, pruned, REFUSED } from "../shape.ts";
import { type WrittenMetric, writeHpa } from "../translation.ts";
import { isZeroOf, sleepFindings } from "./activation.ts";
import { cronTrigger, type Schedule } from "./cronTrigger.ts";
import { prometheusTrigger, type TriggerContext } from "./prometheusTrigger.ts";
import { REFUSES, refusals } from "./refusals.ts";
import { resourceTrigger } from "./resourceTrigger.ts";
import { SCALED_OBJECT, TRIGGERS } from "./shape.ts";
import { lost } from "./values.ts";
import { metadataFindings, pausesOf, wholeFindings } from "./wholeObject.ts";

/** KEDA's default of maxReplicaCount. */
const DEFAULT_MAX = 100;

/**
 * Writes an HPA for the Prometheus, CPU, memory and cron triggers of a KEDA ScaledObject, and reports everything that an
 * HPA cannot express or that `check` does not know.
 * Source: KEDA 2.20, https://keda.sh/docs/latest/reference/scaledobject-spec/
 *
 * @param ownServer URL of the adapter's default Prometheus. Triggers on another server need an alias.
 * @param hasOwnDialect By default, no server has a query dialect of its own.
 */
export function translateScaledObject(
  manifest: Manifest,
  ownServer: string | undefined,
  hasOwnDialect?: HasOwnDialect,
): Report {
  const { name, namespace } = manifest;
  const unfit = unfitParts(manifest.object);
  const { metadata, spec: given } = record(pruned(manifest.object, SCALED_OBJECT));
  const spec = record(given);
  const pauses = pausesOf(record(record(metadata)["annotations"]));
  const findings: Finding[] = [
    ...pauses.findings,
    ...unfit.map(misfitFinding),
    ...metadataFindings(record(metadata)),
    ...refusals(spec),
    ...sleepFindings(spec),
    ...wholeFindings(spec),
  ];
  const triggers = translateTriggers(spec, { ownServer, hasOwnDialect }, findings);
  const report = {
    subject: `ScaledObject ${namespace}/${name} (${manifest.source})`,
    compared: { what: "ScaledObjects", with: "KEDA" },
    findings,
  };
  const { metrics, others, schedule } = triggers;
  const modifiers = record(record(spec["advanced"])["scalingModifiers"]);
  if (pauses.isPaused || Object.keys(modifiers).length > 0) return report;
  if (metrics.length + others.length === 0 && !schedule) return report;
  const unreadable = unfit.filter(({ isUnreadable }) => isUnreadable);
  if (unreadable.length > 0) {
    const fields = unreadable.map(({ path }) => path).join(", ");
    return {
      ...report,
      findings: [...findings, unknownFinding(`${fields} cannot be read`, "no HPA is printed: correct it first")],
    };
  }
  const write = (written: readonly WrittenMetric[]) =>
    writeHpa({ name, namespace }, hpaSpec(spec, pauses.directions), written, others);
  const manifestToPrint = write([...metrics, ...(schedule ? [floor(schedule, spec)] : [])]);
  const faults = writtenFaults(manifestToPrint);
  if (faults.length > 0) {
    const here = "no HPA is printed: correct it first";
    return {
      ...report,
      findings: [
        ...findings,
        ...faults.map((fault) => unknownFinding(`the HPA is not valid: ${fault}`, here, undefined, REFUSED)),
      ],
    };
  }
  findings.push(deleteFirst());
  // A TrafficAutoscaler needs a metric beside its schedules.
  const hasMetric = metrics.length + others.length > 0;
  return {
    ...report,
    manifest: manifestToPrint,
    whole: hasMetric ? write(metrics) : manifestToPrint,
    ...(schedule && hasMetric ? { schedules: schedule.args } : {}),
  };
}

/** Everything of a ScaledObject that does not have the shape that `check` understands. */
function unfitParts(object: Record<string, unknown>): Misfit[] {
  const { apiVersion, spec } = object;
  const triggers = recordsIn(record(spec)["triggers"]).flatMap(({ type, metadata }, index) => {
    const shape = typeof type === "string" && Object.hasOwn(TRIGGERS, type) ? TRIGGERS[type] : undefined;
    return shape === undefined ? [] : misfits(metadata, shape, `spec.triggers[${index}].metadata`);
  });
  const isKnown = apiVersion === undefined || /^keda\.(?:sh|k8s\.io)\/v1alpha1$/.test(String(apiVersion));
  const version: Misfit = {
    path: "apiVersion",
    why: `is ${JSON.stringify(apiVersion)}, a version of the ScaledObject that check does not know`,
    reference: NOT_KNOWN,
    remedy: "pass it as keda.sh/v1alpha1",
    isUnreadable: true,
  };
  return [...(isKnown ? [] : [version]), ...misfits(object, SCALED_OBJECT), ...triggers];
}

/** What the triggers of a ScaledObject become. */
interface TranslatedTriggers {
  readonly metrics: readonly WrittenMetric[];
  /** Metrics of the HPA's own, for CPU and memory. */
  readonly others: readonly object[];
  readonly schedule: Schedule | undefined;
}

function translateTriggers(
  spec: Record<string, unknown>,
  servers: Pick<TriggerContext, "ownServer" | "hasOwnDialect">,
  findings: Finding[],
): TranslatedTriggers {
  const metrics: WrittenMetric[] = [];
  const others: object[] = [];
  const schedules: Schedule[] = [];
  const isZero = isZeroOf(spec);
  for (const [index, given] of recordsIn(spec["triggers"]).entries()) {
    const where = `triggers[${index}]`;
    const type = String(given["type"]);
    const shape = Object.hasOwn(TRIGGERS, type) ? TRIGGERS[type] : undefined;
    if (shape === undefined) {
      findings.push(leftOut(where, given["type"]));
      continue;
    }
    const trigger = { ...given, metadata: pruned(given["metadata"], shape) };
    if (type === "prometheus") {
      const context = { ...servers, fallback: spec["fallback"], isZero };
      const metric = prometheusTrigger(trigger, index, where, context, findings);
      if (metric) metrics.push(metric);
    } else if (type === "cron") {
      const schedule = cronTrigger(trigger, where, Number(spec["maxReplicaCount"] ?? DEFAULT_MAX), findings);
      if (schedule) schedules.push(schedule);
    } else {
      const metric = resourceTrigger(trigger, type === "cpu" ? "cpu" : "memory", where, isZero, findings);
      if (metric) others.push(metric);
    }
  }
  const schedule = {
    windows: schedules.flatMap(({ windows }) => windows),
    args: schedules.flatMap(({ args }) => args),
  };
  return { metrics, others, schedule: schedules.length > 0 ? schedule : undefined };
}

/** Reports a trigger of another type. KEDA distinguishes upper and lower case in types. */
function leftOut(where: string, type: unknown): Finding {
  if (typeof type !== "string" || type === "") {
    return lost(`${where}.type`, "the trigger has no type", "is left out: add the type", REFUSES);
  }
  const known = Object.keys(TRIGGERS).find((one) => one === type.trim().toLowerCase());
  return known === undefined
    ? lost(where, `a trigger of type ${type}`, "is left out: this adapter has no such source", "scales on it")
    : lost(`${where}.type`, `a trigger of type ${type}`, `is left out: correct the type to ${known}`, REFUSES);
}

/** The metric of the schedules. Its value is a number of replicas, so its target is 1 per pod. */
function floor({ windows }: Schedule, spec: Record<string, unknown>): WrittenMetric {
  const { tolerance } = record(record(behaviorOf(spec))["scaleUp"]);
  const share = tolerance === undefined ? undefined : Number(parseQuantity(String(tolerance)).milli) / 1000;
  return {
    id: "schedules",
    query: scheduleFloorQuery(windows, share),
    settings: {},
    target: { type: "AverageValue", averageValue: "1" },
  };
}

function behaviorOf(spec: Record<string, unknown>): unknown {
  return record(record(spec["advanced"])["horizontalPodAutoscalerConfig"])["behavior"];
}

function hpaSpec(spec: Record<string, unknown>, paused: readonly string[]): Record<string, unknown> {
  const { name, deploymentName, kind = "Deployment", apiVersion = "apps/v1" } = record(spec["scaleTargetRef"]);
  const { minReplicaCount, maxReplicaCount = DEFAULT_MAX } = spec;
  const given = record(behaviorOf(spec));
  const disabled = paused.map((direction) => [direction, { ...record(given[direction]), selectPolicy: "Disabled" }]);
  const behavior = { ...given, ...Object.fromEntries(disabled) };
  return {
    scaleTargetRef: { apiVersion, kind, name: name ?? deploymentName },
    minReplicas: Math.max(1, Number(minReplicaCount ?? 0)),
    maxReplicas: Number(maxReplicaCount),
    ...(Object.keys(behavior).length > 0 ? { behavior } : {}),
  };
}

function deleteFirst(): Finding {
  return {
    id: "keda",
    differs: true,
    message: "an HPA and a ScaledObject must not scale the same workload",
    reference: "makes an HPA of its own, which goes with the ScaledObject",
    here: "delete the ScaledObject first, then apply the HPA; the workload keeps its size in between unless advanced.restoreToOriginalReplicaCount is true",
  };
}
