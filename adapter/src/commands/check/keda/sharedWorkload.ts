import { record } from "@asm-autoscaler/hpa-metrics";
import type { CheckedHpa } from "../hpaReport.ts";
import type { Manifest } from "../manifests.ts";
import type { Finding } from "../report.ts";

/**
 * Finds HPAs whose workload a ScaledObject scales, too. Adds the results to the HPAs' findings. It is no difference:
 * which adapter serves the HPA does not matter.
 * Source: KEDA 2.20, apis/keda/v1alpha1/scaledobject_webhook.go (verifyHpas).
 */
export function checkSharedWorkloads(hpas: readonly CheckedHpa[], scaledObjects: readonly Manifest[]): void {
  const byWorkload = new Map(scaledObjects.map((manifest) => [workloadOf(manifest), manifest]));
  for (const { manifest, findings } of hpas) {
    const scaledObject = byWorkload.get(workloadOf(manifest));
    if (scaledObject) findings.push(sharedFinding(manifest, scaledObject));
  }
}

/** The scale target, without the version of its API. KEDA's default is a Deployment. */
function workloadOf({ namespace, object }: Manifest): string {
  const { apiVersion = "apps/v1", kind = "Deployment", name } = record(record(object["spec"])["scaleTargetRef"]);
  const group = String(apiVersion).split("/").slice(0, -1).join("/");
  return JSON.stringify([namespace, group, kind, name]);
}

function sharedFinding(hpa: Manifest, { namespace, name, object }: Manifest): Finding {
  const { metadata, spec } = object;
  const config = record(record(record(spec)["advanced"])["horizontalPodAutoscalerConfig"]);
  const finding = {
    id: "keda",
    differs: false,
    message: `the ScaledObject ${namespace}/${name} scales the same workload`,
  };
  if (config["name"] === hpa.name && annotation(metadata, "scaledobject.keda.sh/transfer-hpa-ownership") === "true")
    return {
      ...finding,
      reference:
        "KEDA takes this HPA over (scaledobject.keda.sh/transfer-hpa-ownership), and writes its own metrics into it",
      here: "you decide: stop applying the HPA, or delete the ScaledObject",
    };
  const isAdmitted = annotation(hpa.object["metadata"], "validations.keda.sh/hpa-ownership") === "false";
  return {
    ...finding,
    reference: isAdmitted
      ? 'KEDA\'s webhook admits both since KEDA 2.14, because the HPA has validations.keda.sh/hpa-ownership: "false"'
      : "KEDA's webhook refuses the ScaledObject when it is created or changed",
    here: "with both, the HPA controller scales by neither (AmbiguousSelector); you decide: keep the HPA or the ScaledObject",
  };
}

function annotation(metadata: unknown, key: string): unknown {
  return record(record(metadata)["annotations"])[key];
}
