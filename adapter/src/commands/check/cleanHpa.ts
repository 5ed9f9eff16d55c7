import { record, recordsIn } from "@asm-autoscaler/hpa-metrics";

/** One editable `External` metric of an HPA. */
export interface EditableMetric {
  name: string;
  matchLabels: Record<string, string>;
  matchExpressions: { key: string; operator: string; values?: string[] }[];
  target: Record<string, unknown>;
}

/** An `Object` metric of an HPA, which can become an `External` metric. */
export interface ObjectMetric {
  readonly name: string;
  readonly target: Record<string, unknown>;
  become(metric: EditableMetric): void;
}

/** An editable HPA without the fields that the API server manages. */
export interface EditableHpa {
  annotations: Record<string, string>;
  /** The `External` metrics, in the order of the spec. */
  external: EditableMetric[];
  readonly objects: readonly ObjectMetric[];
  /** Returns the whole object with the changes. */
  print(): object;
}

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** One metric of the spec, and its editable form if it is or became `External`. */
interface Slot {
  readonly metric: Record<string, unknown>;
  edited?: EditableMetric;
}

/** Copies an `autoscaling/v2` HPA as an editable one. */
export function editHpa(object: Record<string, unknown>): EditableHpa {
  const { name, namespace, labels, annotations: all } = record(object["metadata"]);
  const spec = record(object["spec"]);
  const slots = recordsIn(spec["metrics"]).map(
    (metric): Slot =>
      metric["type"] === "External" ? { metric, edited: editMetric(record(metric["external"])) } : { metric },
  );
  const annotations = Object.fromEntries(
    Object.entries(record(all)).flatMap(([key, value]) => (key === LAST_APPLIED ? [] : [[key, String(value)]])),
  );
  const external = slots.flatMap(({ edited }) => (edited ? [edited] : []));
  const objects = slots.flatMap((slot): ObjectMetric[] => {
    if (slot.metric["type"] !== "Object") return [];
    const { metric, target } = record(slot.metric["object"]);
    const become = (edited: EditableMetric) => {
      slot.edited = edited;
      external.splice(0, external.length, ...slots.flatMap((each) => each.edited ?? []));
    };
    return [{ name: String(record(metric)["name"]), target: record(target), become }];
  });
  return {
    annotations,
    external,
    objects,
    print: () => ({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...(labels ? { labels } : {}), annotations },
      spec: {
        ...spec,
        metrics: slots.map(({ metric, edited }) =>
          edited ? { type: "External", external: printMetric(edited) } : metric,
        ),
      },
    }),
  };
}

/** Copies the whole metric, also what is too large to be served: what is printed must not be cut. */
function editMetric(external: Record<string, unknown>): EditableMetric {
  const { name, selector } = record(external["metric"]);
  return { name: String(name ?? ""), ...readSelector(selector), target: { ...record(external["target"]) } };
}

/** Reads the selector of a metric. */
export function readSelector(selector: unknown): Pick<EditableMetric, "matchLabels" | "matchExpressions"> {
  const { matchLabels, matchExpressions } = record(selector);
  return {
    matchLabels: Object.fromEntries(Object.entries(record(matchLabels)).map(([key, value]) => [key, String(value)])),
    matchExpressions: recordsIn(matchExpressions).map(({ key, operator, values }) => ({
      ...{ key: String(key ?? ""), operator: String(operator ?? "") },
      ...(Array.isArray(values) ? { values: values.map(String) } : {}),
    })),
  };
}

function printMetric({ name, matchLabels, matchExpressions, target }: EditableMetric): object {
  const selector = {
    ...(Object.keys(matchLabels).length > 0 ? { matchLabels } : {}),
    ...(matchExpressions.length > 0 ? { matchExpressions } : {}),
  };
  return { metric: { name, ...(Object.keys(selector).length > 0 ? { selector } : {}) }, target };
}
