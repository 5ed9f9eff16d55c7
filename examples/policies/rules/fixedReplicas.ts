import { at, HPA, readHpa, text } from "../hpa.ts";

/** A resource as a policy sees it. */
export interface Seen {
  readonly type: string;
  readonly urn: string;
  readonly props: unknown;
}

/**
 * Deployments and StatefulSets that set spec.replicas and are autoscaled: each update of the stack resets the number of
 * replicas.
 *
 * @returns one violation for the URN of each.
 */
export function fixedReplicas(resources: readonly Seen[]): Map<string, string> {
  const scaled = new Set(
    resources
      .filter(({ type }) => type === HPA)
      .map(({ props }) => [readHpa(props).namespace, readHpa(props).target].join("/")),
  );
  const fixed = resources.filter(({ type, props }) => {
    const kind = /^kubernetes:apps\/v1:(Deployment|StatefulSet)$/.exec(type)?.[1];
    const metadata = at(props, "metadata");
    const namespace = text(at(metadata, "namespace")) || "default";
    return (
      at(at(props, "spec"), "replicas") !== undefined &&
      scaled.has(`${namespace}/${kind}/${text(at(metadata, "name"))}`)
    );
  });
  return new Map(
    fixed.map(({ urn }) => [
      urn,
      "It is autoscaled, so its spec.replicas would undo the scaling at each update: remove it.",
    ]),
  );
}
