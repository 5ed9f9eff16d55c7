import { ProblemError, problem, record } from "@asm-autoscaler/hpa-metrics";
import type { Connection } from "../delegates/connection.ts";
import { hasStatus, type Kubernetes, KubernetesError, reason } from "../kubernetes/client.ts";
import { ADAPTER_VERSION } from "../version.ts";
import type { HpaRead } from "./hpaReads.ts";

/** Why the take-over must wait for one read. `owner` is the answer of the present owner, and `ours` that of this adapter. */
export interface Loss {
  readonly read: HpaRead;
  /** `lost`: the present owner has a value. `unknown`: it is not known whether it has one. This adapter has none. */
  readonly kind: "lost" | "unknown";
  readonly owner: string;
  readonly ours: string;
}

export interface CompareOptions {
  readonly kubernetes: Pick<Kubernetes, "call">;
  /** Reads from this adapter, through its own Service. */
  readonly own: OwnReader;
  monotonic(): number;
}

export type OwnReader = (target: string) => Promise<{ status: number; body: unknown }>;

const READ_MS = 5_000;
const MOST_BYTES = 1024 * 1024;
/** Reads of the present owner at a time. It also has to answer the HPA controller. */
const AT_ONCE = 4;
/**
 * Maximum duration of the comparison, in ms. It is a help, and not a reason to wait for ever. It ends before another replica
 * takes a reporter that has written nothing for gone.
 */
const MOST_MS = 40_000;
/** When so many metrics would be lost, the others do not matter. */
export const MOST_LOSSES = 20;
const MOST_REASON = 300;

/**
 * Adapters that answer an unknown metric with 500 and not with 404, and their words. Source: GetExternalMetric of KEDA
 * (pkg/provider/provider.go) for a read without its label, and of the Datadog agent (externalmetrics/provider.go).
 */
const UNKNOWN_METRIC = /scaledObject name is not specified|DatadogMetric not found for metric name/;

/** Creates a reader that sends the adapter's own token. */
export function ownReader(connection: Pick<Connection, "get">, token: string | undefined): OwnReader {
  const headers = {
    ...{ accept: "application/json", "user-agent": `asm-metrics-adapter/${ADAPTER_VERSION}` },
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return async (target) => {
    const { status, body } = await connection.get(target, headers, { timeoutMs: READ_MS, mostBytes: MOST_BYTES });
    return { status, body: JSON.parse(body.toString("utf8")) };
  };
}

/**
 * Compares what the present owner and this adapter answer to each read. Ends early with MOST_LOSSES losses, and after
 * MOST_MS. @throws ProblemError if this adapter may not read from the present owner
 */
export async function compareReads(
  reads: readonly HpaRead[],
  options: CompareOptions,
): Promise<{ losses: Loss[]; compared: number }> {
  const losses: Loss[] = [];
  const until = options.monotonic() + MOST_MS;
  let compared = 0;
  const waiting = reads.values();
  const worker = async () => {
    for (const read of waiting) {
      if (losses.length >= MOST_LOSSES || options.monotonic() > until) return;
      const loss = await compareRead(read, options);
      if (loss) losses.push(loss);
      compared += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { losses, compared };
}

/** An answer to a read. `failed`: it says nothing about whether there is a value at other times. */
type Answer =
  | { readonly kind: "value" | "none"; readonly why: string }
  | { readonly kind: "failed"; readonly why: string; readonly status?: number };

async function compareRead(read: HpaRead, { kubernetes, own }: CompareOptions): Promise<Loss | undefined> {
  const theirs = await readOwner(read, kubernetes);
  if (theirs.kind === "none") return undefined;
  const ours = await readOurs(read, own);
  if (ours.kind === "value") return undefined;
  // This adapter passes the answers of a delegate on as they are, so the HPA gets this one before and after.
  if (theirs.kind === "failed" && isPassedOn(theirs, ours)) return undefined;
  const kind = theirs.kind === "value" ? "lost" : "unknown";
  return { read, kind, owner: theirs.why, ours: ours.why };
}

function isPassedOn(theirs: Answer & { kind: "failed" }, ours: Answer): boolean {
  return (
    theirs.status !== undefined && ours.kind === "failed" && ours.status === theirs.status && ours.why === theirs.why
  );
}

/** Only 404 and an empty list say that the owner does not serve the metric. Any other failure may be a short one. */
async function readOwner({ path, selector }: HpaRead, kubernetes: CompareOptions["kubernetes"]): Promise<Answer> {
  try {
    return listed(await kubernetes.call("GET", path, { query: { labelSelector: selector }, timeoutMs: READ_MS }));
  } catch (error) {
    if (hasStatus(error, 401, 403)) throw new ProblemError(refused(error));
    const why = reason(error)
      .replace(/^GET \S+: /, "")
      .slice(0, MOST_REASON);
    if (hasStatus(error, 404) || UNKNOWN_METRIC.test(why)) return { kind: "none", why };
    return {
      kind: "failed",
      why,
      ...(error instanceof KubernetesError && error.status ? { status: error.status } : {}),
    };
  }
}

async function readOurs({ path, selector }: HpaRead, own: OwnReader): Promise<Answer> {
  try {
    const query = selector === "" ? "" : `?labelSelector=${encodeURIComponent(selector)}`;
    const { status, body } = await own(`${path}${query}`);
    if (status === 200) return listed(body);
    const why = String(record(body)["message"] ?? `HTTP ${status}`).slice(0, MOST_REASON);
    return { kind: "failed", why, status };
  } catch (error) {
    return { kind: "failed", why: reason(error).slice(0, MOST_REASON) };
  }
}

function listed(body: unknown): Answer {
  const { items } = record(body);
  if (!Array.isArray(items)) return { kind: "failed", why: "the answer is not a list of values" };
  return items.length > 0 ? { kind: "value", why: "a value" } : { kind: "none", why: "no values" };
}

/** Nobody who may not read the metrics can compare them, and HPAs would lose them unseen. */
function refused(error: unknown) {
  const message = `this adapter may not read the external metrics that HPAs read now (${reason(error)})`;
  const remedy = "Allow its ServiceAccount `list` of all resources of `external.metrics.k8s.io`, as `takeOver` does.";
  return problem("ASM_TAKE_OVER_FAILED", message, { remedy });
}
