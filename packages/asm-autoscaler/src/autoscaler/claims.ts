import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { canonicalQuery, parseQuery } from "hpa-metrics";
import { type Mistake, refuse } from "../arguments/mistake";
import { title } from "./check";
import { type Autoscaling, queriesOf } from "./queries";

/** Who asks what under a query name of a namespace. */
interface Claim {
  readonly autoscaler: string;
  readonly workload: string;
  readonly query: string;
}

/** What the autoscalers of one cluster in one run of the program have taken. */
interface Ledger {
  /** By namespace and query name. */
  readonly queries: Map<string, Claim>;
  /** Name of the autoscaler by namespace and workload. */
  readonly workloads: Map<string, string>;
}

const ledgers = new WeakMap<object, Ledger>();
/** What stands for a run in which every component has a monitor's client of its own, by the monitor's address. */
const runs = new Map<string, object>();

/**
 * Notes what an autoscaler asks under each of its query names, and refuses a name under which another one of the same
 * cluster and namespace asks something else. HPAs read external metrics by namespace, name and labels, so the adapter
 * could not tell the two apart and would serve neither. Only autoscalers of one program can be compared here.
 *
 * @throws pulumi.InputPropertiesError with every name that is taken.
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
    queriesOf(known).flatMap(({ queryName, query, index }): Mistake[] => {
      const key = `${known.namespace}/${queryName}`;
      const claim = { autoscaler: name, workload: known.workload, query: comparable(query) };
      const other = taken.get(key);
      // The same HPA again: its arguments are looked at once when they are plain and once when they are settled.
      if (other === undefined || other.workload === claim.workload) taken.set(key, claim);
      else if (other.query !== claim.query) return [takenBy(other, queryName, known, index)];
      return [];
    }),
  );
}

/**
 * Notes the workload of an autoscaler, once for each, and warns when another one of the program has it already: both would
 * make an object of the same name, and two HPAs of one workload undo each other's work.
 */
export function claimWorkload(
  name: string,
  { namespace, workload }: Autoscaling,
  opts: pulumi.ComponentResourceOptions | undefined,
): Mistake[] {
  const taken = ledgerOf(opts)?.workloads;
  const other = taken?.get(`${namespace}/${workload}`);
  taken?.set(`${namespace}/${workload}`, name);
  if (other === undefined) return [];
  return [
    {
      path: "target",
      code: "ASM_TARGET_SHARED",
      message: `${workload} in namespace ${namespace} is scaled by ${title(other)} too, and two autoscalers undo each other's work`,
      remedy: "Give one autoscaler the metrics of both",
    },
  ];
}

function takenBy(
  other: Claim,
  queryName: string,
  { namespace, workload }: Autoscaling,
  index: number | undefined,
): Mistake {
  return {
    path: index === undefined ? "schedules" : `metrics[${index}].queryName`,
    code: "ASM_QUERY_NAME_TAKEN",
    message: `The query name ${JSON.stringify(queryName)} is taken in namespace ${namespace} by ${title(other.autoscaler)}, which asks something else; the adapter would serve neither`,
    remedy: `Set queryName to a name that is unique in the namespace, such as ${JSON.stringify(`${workload}-${queryName}`.slice(0, 63))}`,
  };
}

/** Queries that differ in white space only ask the same. */
function comparable(query: string): string {
  const parsed = parseQuery(query);
  return parsed.ok ? canonicalQuery(parsed.query) : query;
}

function ledgerOf(opts: pulumi.ComponentResourceOptions | undefined): Ledger | undefined {
  const cluster = clusterOf(opts);
  if (cluster === undefined) return undefined;
  const ledger = ledgers.get(cluster) ?? { queries: new Map(), workloads: new Map() };
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
    run()
  );
}

/** In other languages each component is made with a client of its own, and only their address says that they are of one run. */
function run(): object | undefined {
  const monitor: object | undefined = pulumi.runtime.getMonitor();
  if (monitor === undefined || !isClient(monitor)) return monitor;
  const address = monitor.getChannel().getTarget();
  const known = runs.get(address) ?? {};
  runs.set(address, known);
  return known;
}

/** A client of gRPC; the monitor of a test is none. */
function isClient(monitor: object): monitor is { getChannel(): { getTarget(): string } } {
  return "getChannel" in monitor;
}
