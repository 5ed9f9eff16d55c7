import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { canonicalQuery, parseQuery } from "hpa-metrics";
import { type Mistake, refuse } from "../arguments/mistake";
import { annotatedQuery, type PlannedMetric } from "./plan";

/** Who asks what under a query name of a namespace. */
interface Claim {
  readonly autoscaler: string;
  readonly target: string;
  readonly query: string;
}

/** By cluster of one run of the program, then by namespace and query name. */
const claims = new WeakMap<object, Map<string, Claim>>();

/**
 * Notes what an autoscaler asks under each of its query names, and refuses a name under which another one of the same
 * cluster and namespace asks something else. HPAs read external metrics by namespace, name and labels, so the adapter
 * could not tell the two apart and would serve neither. Only autoscalers of one program can be compared here.
 *
 * @throws pulumi.InputPropertiesError with every name that is taken.
 */
export function claimQueryNames(
  name: string,
  known: { namespace: string; target: string; metrics: readonly PlannedMetric[] },
  opts: pulumi.ComponentResourceOptions | undefined,
): void {
  const cluster = clusterOf(opts);
  if (cluster === undefined) return;
  const taken = claims.get(cluster) ?? new Map<string, Claim>();
  claims.set(cluster, taken);
  const asked = known.metrics.map((metric) => annotatedQuery(known.namespace, known.target, metric));
  refuse(
    `TrafficAutoscaler ${JSON.stringify(name)}`,
    asked.flatMap(({ queryName, query }, index): Mistake[] => {
      const key = `${known.namespace}/${queryName}`;
      const claim = { autoscaler: name, target: known.target, query: comparable(query) };
      const other = taken.get(key);
      // The same HPA again: its arguments are looked at once when they are plain and once when they are settled.
      if (other === undefined || other.target === claim.target) taken.set(key, claim);
      else if (other.query !== claim.query) return [takenBy(other, queryName, known, index)];
      return [];
    }),
  );
}

function takenBy(
  other: Claim,
  queryName: string,
  { namespace, target }: { namespace: string; target: string },
  index: number,
): Mistake {
  return {
    path: `metrics[${index}].queryName`,
    code: "ASM_QUERY_NAME_TAKEN",
    message: `The query name ${JSON.stringify(queryName)} is taken in namespace ${namespace} by TrafficAutoscaler ${JSON.stringify(other.autoscaler)}, which asks something else; the adapter would serve neither`,
    remedy: `Set queryName to a name that is unique in the namespace, such as ${JSON.stringify(`${target}-${queryName}`.slice(0, 63))}`,
  };
}

/** Queries that differ in white space only ask the same. */
function comparable(query: string): string {
  const parsed = parseQuery(query);
  return parsed.ok ? canonicalQuery(parsed.query) : query;
}

/** What stands for the cluster: the provider that the autoscaler gets, else this run's default one. */
function clusterOf(opts: pulumi.ComponentResourceOptions | undefined): object | undefined {
  const { provider, providers, parent } = opts ?? {};
  const given = Array.isArray(providers) ? providers : Object.values(providers ?? {});
  return (
    given.find((one) => Provider.isInstance(one)) ??
    (Provider.isInstance(provider) ? provider : undefined) ??
    parent?.getProvider("kubernetes:autoscaling/v2:HorizontalPodAutoscaler") ??
    pulumi.runtime.getMonitor()
  );
}
