import { at, readHpa, text } from "../hpa.ts";

/** An HPA of any version, whole or as a patch. What it scales is in the same place in each. */
const ANY_HPA = /^kubernetes:autoscaling\/v\w+:HorizontalPodAutoscaler(?:Patch)?$/;

/** A resource as a stack policy sees it. */
export interface Seen {
  readonly type: string;
  readonly urn: string;
  /** Its outputs. At a preview they contain what the API server filled in, such as `spec.replicas: 1`. */
  readonly props: unknown;
}

/** A resource as a resource policy sees it. */
export interface Declared {
  readonly type: string;
  /** Its inputs, which contain only what the program set. */
  readonly props: unknown;
  readonly ignoreChanges: readonly string[];
}

/**
 * True if the program itself sets `spec.replicas` of this Kubernetes object at each update. With `ignoreChanges`, it is
 * only the size to start with.
 */
export function setsReplicas({ type, props, ignoreChanges }: Declared): boolean {
  const replicas = at(at(props, "spec"), "replicas");
  if (!type.startsWith("kubernetes:") || replicas === undefined || replicas === null) return false;
  return !ignoreChanges.map(plainPath).some((path) => ["*", "spec", "spec.*", "spec.replicas"].includes(path));
}

/** A property path of Pulumi with dots only: `spec["replicas"]` and `["spec"].replicas` are `spec.replicas`. */
function plainPath(path: string): string {
  return path.replace(/\[["']?([^\]"']*)["']?\]/g, ".$1").replace(/^\./, "");
}

/**
 * Autoscaled workloads of which the program sets spec.replicas: each update of the stack resets the number of replicas.
 *
 * @param setters URNs for which {@link setsReplicas} is true. The outputs in `resources` do not tell: the API server
 * sets spec.replicas of each workload, and the HPA controller changes it.
 * @returns one violation for the URN of each.
 */
export function fixedReplicas(resources: readonly Seen[], setters: ReadonlySet<string>): Map<string, string> {
  const scaled = new Set(
    resources
      .filter(({ type }) => ANY_HPA.test(type))
      .map(({ props }) => readHpa(props))
      .map(({ namespace, target }) => `${namespace}/${target}`),
  );
  const fixed = resources.filter(({ urn, type, props }) => {
    if (!setters.has(urn)) return false;
    const metadata = at(props, "metadata");
    const namespace = text(at(metadata, "namespace")) || "default";
    const kind = (type.split(":")[2] ?? "").replace(/Patch$/, "");
    return scaled.has(`${namespace}/${kind}/${text(at(metadata, "name"))}`);
  });
  return new Map(
    fixed.map(({ urn }) => [
      urn,
      "It is autoscaled, so its spec.replicas would undo the scaling at each update: remove it.",
    ]),
  );
}
