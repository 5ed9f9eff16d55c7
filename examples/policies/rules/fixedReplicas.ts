import { at, HPA, readHpa, text } from "../hpa.ts";

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
  if (!type.startsWith("kubernetes:") || at(at(props, "spec"), "replicas") === undefined) return false;
  return !["spec", "spec.replicas"].some((path) => ignoreChanges.includes(path));
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
      .filter(({ type }) => type === HPA)
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
