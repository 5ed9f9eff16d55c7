import { formatMilli, milliFromNumber } from "hpa-metrics";
import { record } from "../../kubernetes/listWatch.ts";
import type { Manifest } from "./manifests.ts";
import type { Finding, Report } from "./report.ts";
import { isOneSample, queryMistake, summed, type WrittenMetric, writeHpa } from "./translation.ts";

/**
 * Writes an HPA for the Prometheus, CPU and memory triggers of a KEDA ScaledObject, and reports what an HPA cannot
 * express.
 * Source: KEDA 2.20, https://keda.sh/docs/latest/scalers/prometheus/
 *
 * @param ownServer URL of the adapter's default Prometheus. Triggers on another server need an alias.
 */
export function translateScaledObject(manifest: Manifest, ownServer: string | undefined): Report {
  const spec = record(manifest.object["spec"]);
  const findings: Finding[] = [...replicas(spec), ...whole(spec)];
  const written: WrittenMetric[] = [];
  const others: object[] = [];
  const triggers = Array.isArray(spec["triggers"]) ? spec["triggers"].map(record) : [];
  for (const [index, trigger] of triggers.entries()) {
    const where = `triggers[${index}]`;
    const { type } = trigger;
    if (type === "prometheus") {
      const metric = prometheusTrigger(trigger, index, where, { ownServer, fallback: spec["fallback"] }, findings);
      if (metric) written.push(metric);
    } else if (type === "cpu" || type === "memory") {
      const metric = resourceTrigger(trigger, type, where, findings);
      if (metric) others.push(metric);
    } else {
      findings.push(lost(where, `a trigger of type ${String(type)}`, "is left out: this adapter has no such source"));
    }
  }
  const { name, namespace } = manifest;
  const subject = `ScaledObject ${namespace}/${name} (${manifest.source})`;
  const pauses = pausesOf(manifest);
  findings.unshift(...pauses);
  if (pauses.length > 0 || written.length + others.length === 0) return { subject, findings };
  findings.push({
    id: "keda",
    differs: true,
    message: "an HPA and a ScaledObject must not scale the same workload",
    reference: "makes an HPA of its own, which goes with the ScaledObject",
    here: "delete the ScaledObject first, then apply the HPA; the workload keeps its size in between unless advanced.restoreToOriginalReplicaCount is true",
  });
  const hpa = writeHpa({ name, namespace }, hpaSpec(spec), written, others);
  return { subject, findings, manifest: hpa, whole: hpa };
}

/**
 * Reports a paused ScaledObject. An HPA does not know the pause and would end it.
 * Source: https://keda.sh/docs/latest/concepts/scaling-deployments/#pausing-autoscaling
 */
function pausesOf({ object }: Manifest): Finding[] {
  const annotations = record(record(object["metadata"])["annotations"]);
  return Object.keys(annotations)
    .filter((key) => key.startsWith("autoscaling.keda.sh/paused") && annotations[key] !== "false")
    .map((key) => lost(key, "the ScaledObject is paused", "no HPA is printed: end the pause first"));
}

function lost(key: string, message: string, here: string, reference = "does it"): Finding {
  return { id: "keda", differs: true, key, message, reference, here };
}

function hpaSpec(spec: Record<string, unknown>): Record<string, unknown> {
  const { name, kind = "Deployment", apiVersion = "apps/v1" } = record(spec["scaleTargetRef"]);
  const { minReplicaCount, maxReplicaCount = 100 } = spec;
  const { behavior } = record(record(spec["advanced"])["horizontalPodAutoscalerConfig"]);
  return {
    scaleTargetRef: { apiVersion, kind, name },
    minReplicas: Math.max(1, Number(minReplicaCount ?? 0)),
    maxReplicas: Number(maxReplicaCount),
    ...(behavior ? { behavior } : {}),
  };
}

function replicas(spec: Record<string, unknown>): Finding[] {
  const { minReplicaCount = 0, idleReplicaCount } = spec;
  if (Number(minReplicaCount) > 0 && idleReplicaCount === undefined) return [];
  const here = "minReplicas is 1; a cluster with the feature HPAScaleToZero takes 0";
  return [lost("minReplicaCount", "the workload is scaled to zero while nothing is active", here)];
}

/** Reports settings of the whole ScaledObject that an HPA does not have. */
function whole(spec: Record<string, unknown>): Finding[] {
  const { fallback, advanced } = spec;
  const { scalingModifiers } = record(advanced);
  return [
    ...(fallback === undefined
      ? []
      : [
          lost(
            "fallback",
            "a fixed number of replicas applies when the source fails",
            isTranslatable(fallback)
              ? "on-error holds for targets of type AverageValue, once the source has failed for --metrics-ttl"
              : "the HPA keeps its current replicas instead",
          ),
        ]),
    ...(Object.keys(record(scalingModifiers)).length === 0
      ? []
      : [
          lost(
            "advanced.scalingModifiers",
            "the metrics are combined by a formula",
            "write it as one PromQL query; here each metric is evaluated separately",
          ),
        ]),
  ];
}

function prometheusTrigger(
  trigger: Record<string, unknown>,
  index: number,
  where: string,
  { ownServer, fallback }: { ownServer: string | undefined; fallback: unknown },
  findings: Finding[],
): WrittenMetric | undefined {
  const metadata = record(trigger["metadata"]);
  const { serverAddress, query: text, threshold } = metadata;
  const query = String(text ?? "");
  const mistake = queryMistake(query);
  if (mistake !== undefined) {
    findings.push(
      lost(`${where}.metadata.query`, `the query is not valid (${mistake})`, "is left out: correct it first"),
    );
    return undefined;
  }
  if (!isOneSample(query)) {
    const here = "its sum is used; check that you want that";
    findings.push(
      lost(`${where}.metadata.query`, "the query may give several samples", here, "is an error when there are several"),
    );
  }
  const target = targetOf(threshold, trigger["metricType"]);
  if (!target) {
    findings.push(
      lost(
        `${where}.metadata.threshold`,
        `the threshold ${String(threshold)} is not a number of a thousandth or more`,
        "is left out",
      ),
    );
    return undefined;
  }
  for (const [key, here] of UNTRANSLATED) {
    if (metadata[key] !== undefined && metadata[key] !== "") {
      findings.push(lost(`${where}.metadata.${key}`, `the trigger sets ${key}`, here));
    }
  }
  if (trigger["authenticationRef"] !== undefined) {
    findings.push(lost(`${where}.authenticationRef`, "the trigger brings credentials", CREDENTIALS));
  }
  const server = typeof serverAddress === "string" ? serverAddress : undefined;
  const foreign = server !== undefined && server.replace(/\/$/, "") !== ownServer?.replace(/\/$/, "");
  if (foreign) {
    const here =
      "named in an annotation: allow it with --allow-prometheus-server, or give its URL to check with --prometheus-server when it is the adapter's own";
    findings.push({ ...lost(`${where}.metadata.serverAddress`, `the trigger asks ${server}`, here), differs: false });
  }
  return {
    id: typeof trigger["name"] === "string" ? trigger["name"] : `prometheus-${index}`,
    query: summed(query),
    settings: {
      ...(foreign ? { "prometheus-server": server } : {}),
      ...policies(metadata["ignoreNullValues"], fallback, target),
    },
    target: printTarget(target),
  };
}

const CREDENTIALS =
  "credentials are the adapter's: --additional-prometheus-server with --additional-prometheus-http-config, and the annotation prometheus-server-alias";

/** Trigger settings that an HPA does not have, and what to use instead. */
const UNTRANSLATED: readonly [string, string][] = [
  ["activationThreshold", "not needed: an HPA with minReplicas 1 is always active"],
  ["authModes", CREDENTIALS],
  ["customHeaders", "headers are the adapter's: --prometheus-http-config"],
  ["queryParameters", "parameters are not sent: use a server that needs none"],
  ["namespace", "write it into the query as a matcher: namespace is a parameter of KEDA's for some servers"],
  ["unsafeSsl", "certificates are always verified: set the CA in the adapter's http config"],
];

/**
 * Returns the policies for a missing reading. KEDA reads no sample, NaN and infinity as 0 unless ignoreNullValues is
 * false. KEDA's static fallback is a number of replicas. The policy's value is that number times the target.
 */
function policies(ignoreNullValues: unknown, fallback: unknown, target: Target): Record<string, string> {
  const { replicas } = record(fallback);
  const value =
    isTranslatable(fallback) && target.type === "AverageValue" ? Number(replicas) * target.number : Number.NaN;
  return {
    ...(String(ignoreNullValues ?? "true") === "false" ? {} : { "on-no-data": "zero" }),
    ...(value >= 0 ? { "on-error": `value ${formatMilli(milliFromNumber(value))}` } : {}),
  };
}

function isTranslatable(fallback: unknown): boolean {
  const { behavior = "static", replicas } = record(fallback);
  return behavior === "static" && Number.isInteger(replicas);
}

/** A target of an HPA: the value per pod, or the total value. */
interface Target {
  readonly type: "AverageValue" | "Value";
  readonly number: number;
}

function targetOf(threshold: unknown, metricType: unknown): Target | undefined {
  const number = Number(threshold ?? Number.NaN);
  // The smallest supported quantity is a thousandth.
  if (!(number >= 0.001) || !Number.isFinite(number)) return undefined;
  return { type: metricType === "Value" ? "Value" : "AverageValue", number };
}

function printTarget({ type, number }: Target): object {
  const quantity = formatMilli(milliFromNumber(number));
  return type === "Value" ? { type, value: quantity } : { type, averageValue: quantity };
}

function resourceTrigger(
  trigger: Record<string, unknown>,
  name: "cpu" | "memory",
  where: string,
  findings: Finding[],
): object | undefined {
  const { value, containerName: container, type } = record(trigger["metadata"]);
  const wanted = trigger["metricType"] ?? type ?? "Utilization";
  const amount = Number(value);
  if (wanted === "Utilization" && !Number.isInteger(amount)) {
    findings.push(lost(`${where}.metadata.value`, `the value ${String(value)} is not a percentage`, "is left out"));
    return undefined;
  }
  const target =
    wanted === "Utilization"
      ? { type: wanted, averageUtilization: amount }
      : { type: "AverageValue", averageValue: String(value) };
  return container === undefined
    ? { type: "Resource", resource: { name, target } }
    : { type: "ContainerResource", containerResource: { name, container, target } };
}
