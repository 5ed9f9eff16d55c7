import { type Problem, ProblemError, problem, record } from "@asm-autoscaler/hpa-metrics";
import { GROUP_VERSION } from "../api/requestTarget.ts";
import type { Connection, Endpoint } from "../delegates/connection.ts";
import { hasStatus, type Kubernetes, reason } from "../kubernetes/client.ts";
import type { ServiceName } from "../serving/apiService.ts";
import { ADAPTER_VERSION } from "../version.ts";
import { type HpaRead, listHpaReads } from "./hpaReads.ts";

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

const READ_MS = 5_000;
const MOST_BYTES = 1024 * 1024;
/** Reads of the present owner at a time. It also has to answer the HPA controller. */
const AT_ONCE = 4;
/** Maximum duration of the comparison, in ms. It is a help, and no reason to wait for ever. */
const MOST_MS = 120_000;
/** When so many metrics would be lost, the others do not matter. */
const MOST_LOST = 20;
/** Wait before a metric that would be lost is compared once more, in ms: one read may fail for other reasons. */
const AGAIN_MS = 1_000;

/**
 * Checks that no HPA loses a metric when this adapter takes the APIService over: reads each metric from the present owner
 * and through this adapter's own Service. Metrics that the present owner does not serve do not matter.
 * @throws ProblemError if the adapter cannot be reached or an HPA would lose a metric, and KubernetesError
 */
export async function preflight(options: PreflightOptions): Promise<Compared> {
  const { service, authorities, connect } = options;
  const host = `${service.name}.${service.namespace}.svc`;
  const connection = connect({ host, port: 443, serverName: host });
  connection.trust({ ca: authorities.join(""), rejectUnauthorized: true });
  try {
    const own = ownReader(connection, await options.kubernetes.token());
    await checkReachable(service, own);
    const { reads, left } = await listHpaReads(options.kubernetes);
    const { lost, compared } = await compareAll(reads, own, options);
    // The others were not compared.
    if (lost.length >= MOST_LOST) throw new ProblemError(loses(lost, options));
    if (lost.length > 0) await options.wait(AGAIN_MS);
    const again = await compareAll(
      lost.map(({ read }) => read),
      own,
      options,
    );
    if (again.lost.length > 0) throw new ProblemError(loses(again.lost, options));
    return { compared, left: left + reads.length - compared };
  } finally {
    await connection.close();
  }
}

/** An answer: whether it has a value, or why it has none. */
type Outcome = { readonly hasValue: true } | { readonly hasValue: false; readonly why: string };
type OwnReader = (target: string) => Promise<{ status: number; body: unknown }>;

function ownReader(connection: Pick<Connection, "get">, token: string | undefined): OwnReader {
  const headers = {
    ...{ accept: "application/json", "user-agent": `asm-metrics-adapter/${ADAPTER_VERSION}` },
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return async (target) => {
    const { status, body } = await connection.get(target, headers, { timeoutMs: READ_MS, mostBytes: MOST_BYTES });
    return { status, body: JSON.parse(body.toString("utf8")) };
  };
}

/** Proves that a pod of the adapter is ready, and that its certificate fits the CA that the APIService will have. */
async function checkReachable({ namespace, name }: ServiceName, own: OwnReader): Promise<void> {
  const why = await own(`/apis/${GROUP_VERSION}`).then(
    ({ status, body }) => (status === 200 ? undefined : `HTTP ${status}: ${String(record(body)["message"])}`),
    (error: unknown) => reason(error),
  );
  if (why === undefined) return;
  const message = `this adapter does not get an answer through its own Service ${namespace}/${name} (${why})`;
  throw new ProblemError(problem("ASM_TAKE_OVER_UNREACHABLE", message));
}

interface Lost {
  readonly read: HpaRead;
  readonly why: string;
}

async function compareAll(reads: readonly HpaRead[], own: OwnReader, options: PreflightOptions) {
  const lost: Lost[] = [];
  const until = options.monotonic() + MOST_MS;
  let compared = 0;
  const waiting = reads.values();
  const worker = async () => {
    for (const read of waiting) {
      if (lost.length >= MOST_LOST || options.monotonic() > until) return;
      const why = await whyLost(read, own, options);
      if (why !== undefined) lost.push({ read, why });
      compared += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { lost, compared };
}

async function whyLost(read: HpaRead, own: OwnReader, options: PreflightOptions): Promise<string | undefined> {
  const theirs = await readOwner(read, options);
  if (!theirs.hasValue) return undefined;
  const ours = await readOurs(read, own);
  return ours.hasValue ? undefined : ours.why;
}

async function readOwner({ path, selector }: HpaRead, { kubernetes }: PreflightOptions): Promise<Outcome> {
  try {
    return outcome(await kubernetes.call("GET", path, { query: { labelSelector: selector }, timeoutMs: READ_MS }));
  } catch (error) {
    // Without an answer, it cannot be compared. The HPAs of a metric that nobody may read would lose it in silence.
    if (hasStatus(error, 401, 403)) {
      const message = `this adapter may not read the external metrics that HPAs read now (${reason(error)})`;
      const remedy =
        "Allow its ServiceAccount `get` and `list` of all resources of `external.metrics.k8s.io`, as `takeOver` does.";
      throw new ProblemError(problem("ASM_TAKE_OVER_FAILED", message, { remedy }));
    }
    return { hasValue: false, why: reason(error) };
  }
}

async function readOurs({ path, selector }: HpaRead, own: OwnReader): Promise<Outcome> {
  try {
    const query = selector === "" ? "" : `?labelSelector=${encodeURIComponent(selector)}`;
    const { status, body } = await own(`${path}${query}`);
    if (status === 200) return outcome(body);
    return { hasValue: false, why: String(record(body)["message"] ?? `HTTP ${status}`).slice(0, 300) };
  } catch (error) {
    return { hasValue: false, why: reason(error) };
  }
}

function outcome(body: unknown): Outcome {
  const { items } = record(body);
  return Array.isArray(items) && items.length > 0 ? { hasValue: true } : { hasValue: false, why: "no values" };
}

function loses([first, ...others]: readonly Lost[], { owner }: PreflightOptions): Problem {
  const more = others.length === 0 ? "" : `; ${others.length} more ${others.length === 1 ? "metric" : "metrics"} too`;
  const message =
    `HPA ${first?.read.hpa} would lose the external metric "${first?.read.metric}", which ${owner} serves: ` +
    `this adapter answers: ${first?.why}${more}`;
  return problem("ASM_TAKE_OVER_LOSES", message);
}
