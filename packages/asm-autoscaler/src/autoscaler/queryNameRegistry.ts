import { type AnnotatedQuery, canonicalQuery, parseQuery, unparsedQuery } from "@asm-autoscaler/hpa-metrics";
import { Provider } from "@pulumi/kubernetes/provider";
import type * as pulumi from "@pulumi/pulumi";
import { type InputError, refuse } from "../validation/inputErrors";
import { currentRun } from "../validation/run";
import { type Autoscaling, queriesOf } from "./queries";
import { workloadQueryName } from "./signals";
import { title } from "./validate";

/** Which autoscaler uses a query name of a namespace, and for which query. */
interface Claim {
  readonly autoscaler: string;
  readonly workload: string;
  readonly query: string;
}

/** What the autoscalers of one cluster have in one run of the program. */
interface Ledger {
  /** By namespace and query name. */
  readonly queries: Map<string, Claim>;
  /** Name of the autoscaler by namespace and name of the HorizontalPodAutoscaler. */
  readonly hpas: Map<string, string>;
  /** Name of the autoscaler by namespace, and kind and name of the workload. */
  readonly workloads: Map<string, string>;
}

const ledgers = new WeakMap<object, Ledger>();

/**
 * Records the query of an autoscaler under each of its query names, and rejects a name that another autoscaler of the
 * same cluster and namespace uses for a different query. HPAs read external metrics by namespace, name and labels, so
 * the adapter could not distinguish the two and would serve neither. Only autoscalers of one program can be compared
 * here.
 *
 * @throws pulumi.InputPropertiesError with every name that is already used.
 */
export function claimQueryNames(
  name: string,
  known: Autoscaling,
  opts: pulumi.ComponentResourceOptions | undefined,
): void {
  const taken = ledgerOf(opts)?.queries;
  if (taken === undefined) return;
  refuse(
    title(name),
    queriesOf(known).flatMap(({ queryName, index, ...asked }): InputError[] => {
      const key = `${known.namespace}/${queryName}`;
      const claim = { autoscaler: name, workload: known.workload, query: comparable(asked, known.workload) };
      const other = taken.get(key);
      // The same HPA again: its arguments are looked at once when they are plain and once when they are settled.
      if (other === undefined || other.workload === claim.workload) taken.set(key, claim);
      else if (other.query !== claim.query) return [takenBy(other, queryName, known, index)];
      return [];
    }),
  );
}

/** The two things in a cluster that only one autoscaler can have. */
export interface Place {
  readonly namespace: string;
  /** Name of the HorizontalPodAutoscaler. */
  readonly hpa: string;
  /** Kind and name of the workload. */
  readonly workload: string;
}

/**
 * Records the HorizontalPodAutoscaler and the workload of an autoscaler, and rejects those that another autoscaler of the
 * program has: two of the same name are one object, which both would write, and of two HPAs that select the same pods
 * Kubernetes evaluates neither (AmbiguousSelector).
 *
 * @throws pulumi.InputPropertiesError
 */
export function claimWorkload(
  name: string,
  { namespace, hpa, workload }: Place,
  opts: pulumi.ComponentResourceOptions | undefined,
): void {
  const ledger = ledgerOf(opts);
  if (ledger === undefined) return;
  const scaling = claimed(ledger.workloads, `${namespace}/${workload}`, name);
  const named = claimed(ledger.hpas, `${namespace}/${hpa}`, name);
  const code = "ASM_TARGET_SHARED";
  if (scaling !== undefined) {
    const message = `${workload} in namespace ${namespace} is also scaled by ${title(scaling)}, and Kubernetes does not scale a workload that has two HorizontalPodAutoscalers`;
    refuse(title(name), [{ path: "target", code, message }]);
  }
  if (named !== undefined) {
    const message = `${title(named)} has a HorizontalPodAutoscaler of the same name, ${hpa}, in namespace ${namespace}, and both would write the same object`;
    refuse(title(name), [{ path: "name", code, message, remedy: "Set name to one that is unique in the namespace" }]);
  }
}

/**
 * The other autoscaler that has the key. Without one, this one has it from now on. The same name is the same autoscaler:
 * its arguments are looked at once when they are plain and once when they are settled.
 */
function claimed(taken: Map<string, string>, key: string, name: string): string | undefined {
  const other = taken.get(key);
  if (other !== undefined && other !== name) return other;
  taken.set(key, name);
  return undefined;
}

function takenBy(
  other: Claim,
  queryName: string,
  { namespace, workload }: Autoscaling,
  index: number | undefined,
): InputError {
  return {
    path: index === undefined ? "schedules" : `metrics[${index}].queryName`,
    code: "ASM_QUERY_NAME_TAKEN",
    message: `The query name ${JSON.stringify(queryName)} is already used in namespace ${namespace} by ${title(other.autoscaler)} for a different query, so the adapter would serve neither`,
    remedy: `Set queryName to a name that is unique in the namespace, such as ${JSON.stringify(workloadQueryName(workload, queryName))}`,
  };
}

/** Queries that differ in white space only ask the same, where server, policies and reaction are the same too. */
function comparable({ query, dialect, ...asked }: Omit<AnnotatedQuery, "queryName">, workload: string): string {
  const parsed = dialect === "server" ? unparsedQuery(query) : parseQuery(query);
  const { serverAlias, onNoData, onError, reaction } = asked;
  const proxies = reaction === "direct" ? workload : undefined;
  return JSON.stringify([parsed.ok ? canonicalQuery(parsed.query) : query, serverAlias, onNoData, onError, proxies]);
}

function ledgerOf(opts: pulumi.ComponentResourceOptions | undefined): Ledger | undefined {
  const cluster = clusterOf(opts);
  if (cluster === undefined) return undefined;
  const ledger = ledgers.get(cluster) ?? { queries: new Map(), hpas: new Map(), workloads: new Map() };
  ledgers.set(cluster, ledger);
  return ledger;
}

/** What stands for the cluster: the provider that the autoscaler gets, else this run's default one. */
function clusterOf(opts: pulumi.ComponentResourceOptions | undefined): object | undefined {
  const { provider, providers, parent } = opts ?? {};
  const given = Array.isArray(providers) ? providers : Object.values(providers ?? {});
  return (
    given.find((one) => Provider.isInstance(one)) ??
    (Provider.isInstance(provider) ? provider : undefined) ??
    parent?.getProvider("kubernetes:autoscaling/v2:HorizontalPodAutoscaler") ??
    currentRun()
  );
}
