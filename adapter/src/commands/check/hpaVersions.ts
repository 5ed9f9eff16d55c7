import { record, recordsIn } from "@asm-autoscaler/hpa-metrics";
import { BEHAVIOR, HPA, HPA_SHAPES, METRICS_OF_V2BETA1 } from "./hpaShapes.ts";
import type { Finding } from "./report.ts";
import { type Misfit, misfits, NOT_KNOWN, pruned, REFUSED } from "./shape.ts";

/** An HPA of any version as `autoscaling/v2`, and what of it is not understood. */
export interface ConvertedHpa {
  /** Only the fields that `check` understands. */
  readonly object: Record<string, unknown>;
  readonly misfits: readonly Misfit[];
}

/**
 * The annotations in which the API server keeps the fields of v2 for clients of v1.
 * Source: k8s.io/api/autoscaling/annotations.go
 */
const V1 = "autoscaling.alpha.kubernetes.io/";

/** Converts an HPA of v1, v2beta1 or v2beta2 to `autoscaling/v2`, in the way of the API server. */
export function convertHpa(object: Record<string, unknown>): ConvertedHpa {
  const apiVersion = object["apiVersion"];
  const version = apiVersion === undefined ? "v2" : /^autoscaling\/(v\w+)$/.exec(String(apiVersion))?.[1];
  const shape = version === undefined ? undefined : HPA_SHAPES.get(version);
  if (!shape) {
    const why = `is ${JSON.stringify(apiVersion)}, a version of the HPA that check does not know`;
    const remedy = "pass it as `kubectl get hpa.v2.autoscaling -o yaml` prints it";
    const own = { path: "apiVersion", why, reference: NOT_KNOWN, remedy, isUnreadable: true };
    return { object: record(pruned(object, HPA)), misfits: [own, ...misfits(object, HPA)] };
  }
  const known = record(pruned(object, shape));
  const found = [...misfits(object, shape), ...missing(object)];
  if (version === "v1") return fromV1(known, found);
  if (version !== "v2beta1") return { object: known, misfits: found };
  const spec = record(known["spec"]);
  const metrics = spec["metrics"] === undefined ? {} : { metrics: recordsIn(spec["metrics"]).map(metricOfV2) };
  return { object: { ...known, spec: { ...spec, ...metrics } }, misfits: found };
}

/** Versions of the HPA that the API server no longer serves, and the first Kubernetes without them. */
const REMOVED: Readonly<Record<string, string>> = { v2beta1: "1.25", v2beta2: "1.26" };

/**
 * Reports a version that was read as v2 although `kubectl apply` no longer accepts it. It is no difference of the adapter.
 * Source: https://kubernetes.io/docs/reference/using-api/deprecation-guide/
 */
export function removedVersion({ apiVersion }: Record<string, unknown>): Finding[] {
  const version = String(apiVersion).replace(/^autoscaling\//, "");
  const since = Object.hasOwn(REMOVED, version) ? REMOVED[version] : undefined;
  if (since === undefined) return [];
  return [
    {
      id: "apiVersion",
      differs: false,
      key: "apiVersion",
      message: `autoscaling/${version} is not served since Kubernetes ${since}, so kubectl cannot apply this file there`,
      reference: "the same",
      here: "read as autoscaling/v2: write that version into the file",
    },
  ];
}

/** What every HPA has. A file with less is not one that could be applied. */
function missing({ metadata, spec }: Record<string, unknown>): Misfit[] {
  const fields = { "metadata.name": record(metadata)["name"], spec };
  return Object.entries(fields).flatMap(([path, value]) =>
    value ? [] : [{ path, why: "is missing", reference: REFUSED, remedy: "pass the whole object", isUnreadable: true }],
  );
}

function fromV1(object: Record<string, unknown>, found: readonly Misfit[]): ConvertedHpa {
  const metadata = record(object["metadata"]);
  const { targetCPUUtilizationPercentage: cpu, ...spec } = record(object["spec"]);
  const annotations = record(metadata["annotations"]);
  const own = Object.fromEntries(Object.entries(annotations).filter(([key]) => !key.startsWith(V1)));
  const metrics = jsonOf(annotations, `${V1}metrics`);
  const behavior = jsonOf(annotations, `${V1}behavior`);
  const target = { type: "Utilization", averageUtilization: cpu };
  const onCpu = cpu === undefined ? [] : [{ type: "Resource", resource: { name: "cpu", target } }];
  return {
    object: {
      ...object,
      metadata: { ...metadata, ...(metadata["annotations"] ? { annotations: own } : {}) },
      spec: {
        ...spec,
        metrics: [...recordsIn(pruned(metrics.value, METRICS_OF_V2BETA1)).map(metricOfV2), ...onCpu],
        ...(behavior.value === undefined ? {} : { behavior: pruned(behavior.value, BEHAVIOR) }),
      },
    },
    misfits: [
      ...found,
      ...metrics.misfits,
      ...behavior.misfits,
      ...misfits(metrics.value, METRICS_OF_V2BETA1, `${V1}metrics`),
      ...misfits(behavior.value, BEHAVIOR, `${V1}behavior`),
    ],
  };
}

function jsonOf(annotations: Record<string, unknown>, key: string): { value: unknown; misfits: Misfit[] } {
  const text = annotations[key];
  if (text === undefined) return { value: undefined, misfits: [] };
  try {
    return { value: JSON.parse(String(text)), misfits: [] };
  } catch {
    const remedy = "pass the HPA as `kubectl get hpa.v2.autoscaling -o yaml` prints it";
    const broken = { path: key, why: "is not valid JSON", reference: NOT_KNOWN, remedy, isUnreadable: true };
    return { value: undefined, misfits: [broken] };
  }
}

/** Converts one metric of v2beta1, whose fields have the name, the selector and the target side by side. */
function metricOfV2(metric: Record<string, unknown>): Record<string, unknown> {
  const { type, resource, containerResource, pods, object, external } = metric;
  const resourceOf = (value: unknown) => {
    const { targetAverageUtilization, targetAverageValue, ...rest } = record(value);
    return {
      ...rest,
      target: targetOf({ averageUtilization: targetAverageUtilization, averageValue: targetAverageValue }),
    };
  };
  return {
    type,
    ...(resource ? { resource: resourceOf(resource) } : {}),
    ...(containerResource ? { containerResource: resourceOf(containerResource) } : {}),
    ...(pods ? { pods: source(record(pods), "selector", { averageValue: record(pods)["targetAverageValue"] }) } : {}),
    ...(object ? { object: objectSource(record(object)) } : {}),
    ...(external ? { external: externalSource(record(external)) } : {}),
  };
}

function objectSource(object: Record<string, unknown>): object {
  const { target, targetValue: value, averageValue } = object;
  // v2beta1 requires targetValue also beside averageValue, which then wins.
  const wanted = averageValue === undefined ? { value } : { averageValue };
  return { describedObject: target, ...source(object, "selector", wanted) };
}

function externalSource(external: Record<string, unknown>): object {
  const { targetValue: value, targetAverageValue: averageValue } = external;
  return source(external, "metricSelector", averageValue === undefined ? { value } : { averageValue });
}

function source(of: Record<string, unknown>, selectorField: string, target: Record<string, unknown>): object {
  const selector = of[selectorField];
  return { metric: { name: of["metricName"], ...(selector ? { selector } : {}) }, target: targetOf(target) };
}

const TYPES = { value: "Value", averageValue: "AverageValue", averageUtilization: "Utilization" } as const;

function targetOf(target: Record<string, unknown>): object {
  const given = Object.entries(target).filter(([, value]) => value !== undefined);
  const [[field] = []] = given;
  return { type: TYPES[field as keyof typeof TYPES], ...Object.fromEntries(given) };
}
