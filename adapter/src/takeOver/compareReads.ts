import { oneLine, ProblemError, parseQuantity, problem, record, recordsIn } from "@asm-autoscaler/hpa-metrics";
import type { Connection } from "../delegates/connection.ts";
import { parseJson } from "../kubernetes/boundedJson.ts";
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
  /** The API group and the verb of its reads, for the right that may be missing. */
  readonly group: string;
  readonly verb: string;
  monotonic(): number;
}

export type OwnReader = (target: string) => Promise<{ status: number; body: unknown }>;

const READ_MS = 5_000;
/** As for an answer of the API server. A `Pods` metric has one value for each pod. */
const MOST_BYTES = 4 * 1024 * 1024;
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
    return { status, body: parseJson(body.toString("utf8")) };
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
  | { readonly kind: "value"; readonly why: string; readonly items: readonly Readonly<Record<string, unknown>>[] }
  | { readonly kind: "none"; readonly why: string }
  | { readonly kind: "failed"; readonly why: string; readonly status?: number };

async function compareRead(read: HpaRead, options: CompareOptions): Promise<Loss | undefined> {
  const theirs = await readOwner(read, options);
  if (theirs.kind === "none") return undefined;
  const ours = await readOurs(read, options.own);
  if (ours.kind === "value") {
    const lost = theirs.kind === "value" && read.isOfEach ? lostObjects(theirs.items, ours.items) : [];
    return lost.length === 0 ? undefined : { read, kind: "lost", owner: theirs.why, ours: lostWords(lost) };
  }
  // This adapter passes the answers of a delegate on as they are, so the HPA gets this one before and after.
  if (theirs.kind === "failed" && isPassedOn(theirs, ours)) return undefined;
  const kind = theirs.kind === "value" ? "lost" : "unknown";
  return { read, kind, owner: theirs.why, ours: ours.why };
}

/**
 * Objects of which only the present owner has a value above 0. Others do not matter: prometheus-adapter answers 0 for NaN,
 * and a large negative number for infinity, where this adapter has no value.
 */
function lostObjects(theirs: readonly object[], ours: readonly object[]): string[] {
  const nameOf = (item: object) => String(record(record(item)["describedObject"])["name"]);
  const known = new Set(ours.map(nameOf));
  const isPositive = (item: object) => {
    try {
      return parseQuantity(String(record(item)["value"])).milli > 0n;
    } catch {
      return true;
    }
  };
  return theirs.filter((item) => !known.has(nameOf(item)) && isPositive(item)).map(nameOf);
}

function lostWords(names: readonly string[]): string {
  const [first = "", ...others] = names;
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return `no value for ${oneLine(first, 253)}${more}`;
}

function isPassedOn(theirs: Answer & { kind: "failed" }, ours: Answer): boolean {
  return (
    theirs.status !== undefined && ours.kind === "failed" && ours.status === theirs.status && ours.why === theirs.why
  );
}

/** Only 404 and an empty list say that the owner does not serve the metric. Any other failure may be a short one. */
async function readOwner({ path, query }: HpaRead, options: CompareOptions): Promise<Answer> {
  try {
    return listed(await options.kubernetes.call("GET", path, { query, timeoutMs: READ_MS }));
  } catch (error) {
    if (hasStatus(error, 401, 403)) throw new ProblemError(refused(error, options));
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

async function readOurs({ path, query }: HpaRead, own: OwnReader): Promise<Answer> {
  try {
    const parameters = Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
    const { status, body } = await own(parameters.length === 0 ? path : `${path}?${parameters.join("&")}`);
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
  return items.length > 0
    ? { kind: "value", why: "a value", items: recordsIn(items) }
    : { kind: "none", why: "no values" };
}

/** Nobody who may not read the metrics can compare them, and HPAs would lose them unseen. */
function refused(error: unknown, { group, verb }: CompareOptions) {
  const message = `this adapter may not read the metrics of ${group} that HPAs read now (${reason(error)})`;
  const remedy = `Allow its ServiceAccount \`${verb}\` of all resources of \`${group}\`, as \`takeOver\` does.`;
  return problem("ASM_TAKE_OVER_FAILED", message, { remedy });
}
