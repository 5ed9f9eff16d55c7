import { counted, oneLine, type Problem, ProblemError, problem, record, recordsIn } from "@asm-autoscaler/hpa-metrics";
import type { Connection, Endpoint } from "../delegates/connection.ts";
import { type Kubernetes, reason } from "../kubernetes/client.ts";
import { type ApiService, type ServiceName, versionAndGroup } from "../serving/apiService.ts";
import {
  type CompareOptions,
  compareReads,
  type Loss,
  MOST_LOSSES,
  type OwnReader,
  ownReader,
} from "./compareReads.ts";
import { listCustomReads } from "./customReads.ts";
import { type HpaReads, listExternalReads } from "./hpaReads.ts";

export interface PreflightOptions {
  readonly kubernetes: Pick<Kubernetes, "call" | "token">;
  /** The adapter's own Service, and the CAs (PEM) that sign its certificate. */
  readonly service: ServiceName;
  readonly authorities: readonly string[];
  /** The APIService through which HPAs read now. */
  readonly apiService: ApiService;
  connect(endpoint: Endpoint): Connection;
  monotonic(): number;
  /** Waits for some milliseconds. */
  wait(ms: number): Promise<void>;
}

/** How many metrics were compared, and how many were not, because there are too many or they took too long. */
export interface Compared {
  readonly compared: number;
  readonly left: number;
  /** Differences that the order does not wait for, as sentences. */
  readonly notes: readonly string[];
}

/** Wait before a metric that would be lost is compared once more, in ms: one read may fail for other reasons. */
const AGAIN_MS = 1_000;

/**
 * Checks that no HPA loses a metric when this adapter takes the API over: reads each metric from the present owner and
 * through this adapter's own Service. Metrics that the present owner does not serve do not matter.
 * @throws ProblemError if the adapter cannot be reached, an HPA would lose a metric or might lose one, and KubernetesError
 */
export async function preflight(options: PreflightOptions): Promise<Compared> {
  const { kubernetes, service, authorities, connect, monotonic } = options;
  const { name, owner } = options.apiService;
  const { version, group } = versionAndGroup(name);
  const root = `/apis/${group}/${version}`;
  const isCustom = group === "custom.metrics.k8s.io";
  const host = `${service.name}.${service.namespace}.svc`;
  const connection = connect({ host, port: 443, serverName: host });
  connection.trust({ ca: authorities.join(""), rejectUnauthorized: true });
  try {
    const own = ownReader(connection, await kubernetes.token());
    // The list of custom metrics can be long.
    await checkReachable(service, own, isCustom ? `/apis/${group}` : root);
    const { reads, left } = await readsOf(kubernetes, isCustom, root);
    const compare: CompareOptions = { kubernetes, own, monotonic, group, verb: isCustom ? "get" : "list" };
    const { losses, compared } = await compareReads(reads, compare);
    // The others were not compared.
    if (losses.length >= MOST_LOSSES) throw new ProblemError(loses(losses, owner));
    if (losses.length > 0) await options.wait(AGAIN_MS);
    const again = await compareReads(
      losses.map(({ read }) => read),
      compare,
    );
    if (again.losses.length > 0) throw new ProblemError(loses(again.losses, owner));
    const notes = isCustom ? await unlisted(options, root, own) : [];
    return { compared, left: left + reads.length - compared, notes };
  } finally {
    await connection.close();
  }
}

function readsOf(kubernetes: Pick<Kubernetes, "call">, isCustom: boolean, root: string): Promise<HpaReads> {
  return isCustom ? listCustomReads(kubernetes, root) : listExternalReads(kubernetes);
}

const MOST_NAMED = 5;

/**
 * Names the metrics that the present owner lists and this adapter does not. No HPA reads them, so they are no reason to
 * wait: rules that nobody needs may have been left out. prometheus-adapter also lists metrics that it no longer has.
 */
async function unlisted(
  { kubernetes, apiService: { owner } }: PreflightOptions,
  root: string,
  own: OwnReader,
): Promise<string[]> {
  const namesIn = (body: unknown) => recordsIn(record(body)["resources"]).map(({ name }) => String(name));
  try {
    const known = new Set(namesIn((await own(root)).body));
    const missing = namesIn(await kubernetes.call("GET", root)).filter((name) => !known.has(name));
    if (missing.length === 0) return [];
    const named = missing.slice(0, MOST_NAMED).map((name) => oneLine(name, 100));
    const more = missing.length > MOST_NAMED ? ", …" : "";
    return [
      `${counted(missing.length, "metric")} that ${owner} lists and no HPA reads are not listed by this adapter: ${named.join(", ")}${more}.`,
    ];
  } catch (error) {
    return [`The list of ${owner} was not compared: ${reason(error)}.`];
  }
}

/** Proves that a pod of the adapter is ready, and that its certificate fits the CA that the APIService will have. */
async function checkReachable({ namespace, name }: ServiceName, own: OwnReader, path: string): Promise<void> {
  const why = await own(path).then(
    ({ status, body }) => (status === 200 ? undefined : `HTTP ${status}: ${String(record(body)["message"])}`),
    (error: unknown) => reason(error),
  );
  if (why === undefined) return;
  const message = `this adapter does not get an answer through its own Service ${namespace}/${name} (${why})`;
  throw new ProblemError(problem("ASM_TAKE_OVER_UNREACHABLE", message));
}

/** A metric that would be lost says more than one of which nothing is known. */
function loses(losses: readonly Loss[], owner: string): Problem {
  const lost = losses.filter(({ kind }) => kind === "lost");
  const [first, ...others] = lost.length > 0 ? lost : losses;
  const more = others.length === 0 ? "" : `; ${others.length} more ${others.length === 1 ? "metric" : "metrics"} too`;
  const { hpa, metric } = first?.read ?? {};
  if (lost.length > 0) {
    const message = `HPA ${hpa} would lose the ${metric}, which ${owner} serves: this adapter answers: ${first?.ours}${more}`;
    return problem("ASM_TAKE_OVER_LOSES", message);
  }
  const message =
    `HPA ${hpa} might lose the ${metric}: it is not known whether ${owner} serves it, ` +
    `which answers: ${first?.owner}; this adapter answers: ${first?.ours}${more}`;
  return problem("ASM_TAKE_OVER_UNKNOWN", message);
}
