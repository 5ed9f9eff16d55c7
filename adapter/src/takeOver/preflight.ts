import { type Problem, ProblemError, problem, record } from "@asm-autoscaler/hpa-metrics";
import { EXTERNAL_GROUP_VERSION } from "../api/groups.ts";
import type { Connection, Endpoint } from "../delegates/connection.ts";
import { type Kubernetes, reason } from "../kubernetes/client.ts";
import type { ServiceName } from "../serving/apiService.ts";
import { compareReads, type Loss, MOST_LOSSES, type OwnReader, ownReader } from "./compareReads.ts";
import { listHpaReads } from "./hpaReads.ts";

export interface PreflightOptions {
  readonly kubernetes: Pick<Kubernetes, "call" | "token">;
  /** The adapter's own Service, and the CAs (PEM) that sign its certificate. */
  readonly service: ServiceName;
  readonly authorities: readonly string[];
  /** The present owner of the APIService, as `namespace/name`. */
  readonly owner: string;
  connect(endpoint: Endpoint): Connection;
  monotonic(): number;
  /** Waits for some milliseconds. */
  wait(ms: number): Promise<void>;
}

/** How many metrics were compared, and how many were not, because there are too many or they took too long. */
export interface Compared {
  readonly compared: number;
  readonly left: number;
}

/** Wait before a metric that would be lost is compared once more, in ms: one read may fail for other reasons. */
const AGAIN_MS = 1_000;

/**
 * Checks that no HPA loses a metric when this adapter takes the APIService over: reads each metric from the present owner
 * and through this adapter's own Service. Metrics that the present owner does not serve do not matter.
 * @throws ProblemError if the adapter cannot be reached, an HPA would lose a metric or might lose one, and KubernetesError
 */
export async function preflight(options: PreflightOptions): Promise<Compared> {
  const { kubernetes, service, authorities, owner, connect, monotonic } = options;
  const host = `${service.name}.${service.namespace}.svc`;
  const connection = connect({ host, port: 443, serverName: host });
  connection.trust({ ca: authorities.join(""), rejectUnauthorized: true });
  try {
    const own = ownReader(connection, await kubernetes.token());
    await checkReachable(service, own);
    const { reads, left } = await listHpaReads(kubernetes);
    const compare = { kubernetes, own, monotonic };
    const { losses, compared } = await compareReads(reads, compare);
    // The others were not compared.
    if (losses.length >= MOST_LOSSES) throw new ProblemError(loses(losses, owner));
    if (losses.length > 0) await options.wait(AGAIN_MS);
    const again = await compareReads(
      losses.map(({ read }) => read),
      compare,
    );
    if (again.losses.length > 0) throw new ProblemError(loses(again.losses, owner));
    return { compared, left: left + reads.length - compared };
  } finally {
    await connection.close();
  }
}

/** Proves that a pod of the adapter is ready, and that its certificate fits the CA that the APIService will have. */
async function checkReachable({ namespace, name }: ServiceName, own: OwnReader): Promise<void> {
  const why = await own(`/apis/${EXTERNAL_GROUP_VERSION}`).then(
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
    const message = `HPA ${hpa} would lose the external metric "${metric}", which ${owner} serves: this adapter answers: ${first?.ours}${more}`;
    return problem("ASM_TAKE_OVER_LOSES", message);
  }
  const message =
    `HPA ${hpa} might lose the external metric "${metric}": it is not known whether ${owner} serves it, ` +
    `which answers: ${first?.owner}; this adapter answers: ${first?.ours}${more}`;
  return problem("ASM_TAKE_OVER_UNKNOWN", message);
}
