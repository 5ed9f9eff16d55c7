import type { Manifest } from "./manifests.ts";
import { isHelm, placeholderIn } from "./placeholders.ts";
import { type Report, unknownFinding } from "./report.ts";

/** Objects that have to do with scaling but are not translated, and what to do about them. */
const KNOWN: Readonly<Record<string, string>> = {
  ScaledJob:
    "it starts Jobs and scales no workload, which an HPA cannot do: keep KEDA for it, but not its external metrics API",
  TriggerAuthentication:
    "credentials are the adapter's: --prometheus-http-config and --additional-prometheus-http-config",
  ClusterTriggerAuthentication:
    "credentials are the adapter's: --prometheus-http-config and --additional-prometheus-http-config",
  ScalingSchedule: "use `schedules` of a TrafficAutoscaler instead",
  ClusterScalingSchedule: "use `schedules` of a TrafficAutoscaler instead",
  VerticalPodAutoscaler: "check that it does not change the CPU or memory requests that an HPA scales on",
  AdvancedHorizontalPodAutoscaler:
    "AHPA reads its external metrics from the same API, and a take-over does not compare them: keep the adapter that serves them as a delegate (docs/how-to/neighbours/alibaba-cloud.md)",
  APIService: "see docs/how-to/take-over.md: one adapter can serve external.metrics.k8s.io",
};

/** Reports an object that `check` does not read. */
export function otherObject({ kind, namespace, name, source, object }: Manifest): Report {
  const placeholder = placeholderIn(name) ?? placeholderIn(namespace);
  const isTemplate = placeholder !== undefined && isHelm(placeholder);
  const version = typeof object["apiVersion"] === "string" ? ` (${object["apiVersion"]})` : "";
  const here = isTemplate
    ? "not read: it is a Helm template, render the chart with `helm template` first"
    : Object.hasOwn(KNOWN, kind)
      ? KNOWN[kind]
      : undefined;
  return {
    subject: `${kind} ${namespace}/${name} (${source})`,
    findings: [
      unknownFinding(
        `check does not read objects of kind ${kind}${version}`,
        here === undefined
          ? "not read: check yourself whether it matters to scaling"
          : `not read: ${here.replace(/^not read: /, "")}`,
      ),
    ],
  };
}

/** Reports an object on which `check` itself failed. It does not hide the reports on other objects. */
export function failedObject({ kind, namespace, name, source }: Manifest, why: string): Report {
  return {
    subject: `${kind} ${namespace}/${name} (${source})`,
    findings: [unknownFinding(`check failed on this object: ${why}`, "not compared: report this as a bug")],
  };
}
