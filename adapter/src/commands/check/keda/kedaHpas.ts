import { isServedType, record, recordsIn } from "@asm-autoscaler/hpa-metrics";
import type { Routed } from "../../../delegates/routing.ts";
import type { Manifest } from "../manifests.ts";
import type { Finding, Report } from "../report.ts";

/** The label on each metric of an HPA of KEDA, and on the HPA itself. Its value is the name of the ScaledObject. */
export const KEDA_LABEL = "scaledobject.keda.sh/name";

/**
 * Returns the name of the ScaledObject for which KEDA created an HPA, and undefined for any other HPA. An HPA with a
 * metric of this adapter is KEDA's only if its owner or a label says so: an HPA of the user can have metrics of both.
 * Source: KEDA 2.20, controllers/keda/hpa.go.
 */
export function scaledObjectOf({ name, object }: Manifest): string | undefined {
  const metadata = record(object["metadata"]);
  const labels = record(metadata["labels"]);
  const owner = recordsIn(metadata["ownerReferences"]).find(({ kind }) => kind === "ScaledObject");
  const isManaged = labels["app.kubernetes.io/managed-by"] === "keda-operator";
  const named = owner?.["name"] ?? labels[KEDA_LABEL] ?? (isManaged ? labels["app.kubernetes.io/part-of"] : undefined);
  if (named !== undefined) return String(named);
  const metrics = recordsIn(record(object["spec"])["metrics"]).flatMap(({ external }) =>
    external === undefined ? [] : [externalOf(record(external))],
  );
  if (metrics.some(({ type }) => isServedType(type))) return undefined;
  const [label] = metrics.map(({ scaledObject }) => scaledObject);
  if (label !== undefined && metrics.every(({ scaledObject }) => scaledObject !== undefined)) return String(label);
  return /^keda-hpa-(.+)$/.exec(name)?.[1];
}

/** The type of an External metric and the value of KEDA's label. `autoscaling/v2beta1` has other names for both. */
function externalOf({ metric: given, metricName, metricSelector }: Record<string, unknown>) {
  const metric = record(given);
  const labels = record(record(metric["selector"] ?? metricSelector)["matchLabels"]);
  return { type: String(labels["type"] || (metric["name"] ?? metricName)), scaledObject: labels[KEDA_LABEL] };
}

/** The delegate that serves the metrics of KEDA's HPAs. */
export function kedaDelegate(delegates: readonly Routed[]): Routed | undefined {
  return delegates.find(({ selectorKey }) => selectorKey === KEDA_LABEL);
}

/**
 * Reports an HPA that KEDA created. It is no difference if KEDA's metrics are served through a delegate, or if its
 * ScaledObject is translated instead. Without the permission to list ScaledObjects, the API server gives the same answer
 * as without KEDA.
 * @param scaledObject Name of its ScaledObject.
 * @param isGiven Whether the ScaledObject was read.
 */
export function kedaHpaReport(
  { namespace, name, source }: Manifest,
  scaledObject: string,
  isGiven: boolean,
  delegate: Routed | undefined,
): Report {
  const subject = `HorizontalPodAutoscaler ${namespace}/${name} (${source})`;
  const message = `KEDA made this HPA for its ScaledObject ${namespace}/${scaledObject}`;
  const reference = "scales the workload by the ScaledObject";
  const same = { id: "keda", differs: false, message, reference };
  if (delegate)
    return {
      subject,
      findings: [{ ...same, here: `the same: its metrics are served through the delegate "${delegate.name}"` }],
    };
  if (isGiven) return { subject, findings: [{ ...same, here: "see what is said of the ScaledObject" }] };
  return {
    subject,
    compared: { what: "ScaledObjects", with: "KEDA" },
    findings: [
      {
        ...same,
        differs: true,
        message: `${message}, which was not given or could not be read`,
        here: "cannot be translated: use a user who may list scaledobjects.keda.sh, pass the file, or give --delegate=keda if KEDA keeps it",
      },
    ],
  };
}

/** Reports a ScaledObject that KEDA keeps, because its metrics are served through a delegate. */
export function keptScaledObject({ namespace, name, source }: Manifest, { name: delegate }: Routed): Report {
  const finding: Finding = {
    id: "keda",
    differs: false,
    message: "KEDA scales the workload by this ScaledObject",
    reference: "serves the metrics of its HPA",
    here: `the same, through the delegate "${delegate}"; to see the HPA that can replace it, leave out --delegate=${delegate}`,
  };
  return { subject: `ScaledObject ${namespace}/${name} (${source})`, findings: [finding] };
}
