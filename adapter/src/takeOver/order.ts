import { ProblemError, problem, record } from "@asm-autoscaler/hpa-metrics";
import { hasStatus, type Kubernetes, reason } from "../kubernetes/client.ts";
import { FIELD_MANAGER } from "../serving/apiService.ts";

/** Name of the ConfigMap whose existence orders the adapter to take the APIService over. Deleting it gives it back. */
export const ORDER = "asm-metrics-adapter-take-over";
/** Finalizer of the order: the ConfigMap stays until the APIService is given back. */
const FINALIZER = "asm-metrics-adapter/give-back";

/** The order, as it was read. */
export interface Order {
  readonly resourceVersion: string;
  /** Whether it is being deleted. The API server keeps it until it has no finalizer. */
  readonly isDeleted: boolean;
  readonly finalizers: readonly string[];
  /** `data`. Only the adapter writes it. */
  readonly data: OrderData;
}

/** What the order has in `data`. Each value is a text. A key that is absent has no value. */
export interface OrderData {
  readonly state?: "Waiting" | "TakenOver";
  /** Sentences. While the adapter waits, it is the problem with its code and remedy. */
  readonly message?: string;
  /** How often the APIService was taken over since the order was given, and when the last time was (RFC 3339). */
  readonly takeOvers?: string;
  readonly lastTakeOver?: string;
  /** Who gave the APIService back to another Service before the last time: the manager in `metadata.managedFields`. */
  readonly revertedBy?: string;
  /** The replica that follows the order, and when it said so (RFC 3339). Absent while there is nothing to do. */
  readonly reporter?: string;
  readonly reportedAt?: string;
}

const KEYS = [
  ...(["state", "message", "takeOvers", "lastTakeOver", "revertedBy", "reporter", "reportedAt"] as const),
] satisfies (keyof OrderData)[];

/** Maximum length of a value that is read, in characters. A ConfigMap can have 1 MiB, and anybody may have written it. */
const MOST_TEXT = 8_000;

/** The order in one namespace. */
export interface OrderStore {
  /**
   * Reads the order. `none`: it does not exist.
   * @throws ProblemError ASM_TAKE_OVER_ORDER
   */
  read(): Promise<Order | "none">;
  /**
   * Replaces `data`, and adds the finalizer. Returns the order as it is then.
   * @throws KubernetesError with status 409 if the order changed, or else ProblemError ASM_TAKE_OVER_ORDER
   */
  write(order: Order, data: OrderData): Promise<Order>;
  /**
   * Removes the finalizer, so that the API server deletes the order. Resolves also if it is gone.
   * @throws KubernetesError with status 409 if the order changed, or else ProblemError ASM_TAKE_OVER_ORDER
   */
  release(order: Order): Promise<void>;
  /** Deletes the order. Resolves also if it does not exist. @throws ProblemError ASM_TAKE_OVER_ORDER */
  remove(): Promise<void>;
}

/** The order in a namespace, which is the adapter's. */
export function orderStore(kubernetes: Pick<Kubernetes, "call">, namespace: string): OrderStore {
  const path = `/api/v1/namespaces/${namespace}/configmaps/${ORDER}`;
  const call = async (method: "GET" | "PATCH" | "DELETE", body?: object) => {
    const patch = { body, contentType: "application/merge-patch+json", query: { fieldManager: FIELD_MANAGER } };
    try {
      return await kubernetes.call(method, path, body && patch);
    } catch (error) {
      if (hasStatus(error, 404, 409)) throw error;
      throw new ProblemError(orderProblem(namespace, method, error));
    }
  };

  return {
    read: () => call("GET").then(parse, (error: unknown) => ifGone(error, "none" as const)),
    async write(order, data) {
      const { resourceVersion, finalizers } = order;
      // An object that is being deleted gets no finalizers any more.
      const added = order.isDeleted || hasFinalizer(order) ? {} : { finalizers: [...finalizers, FINALIZER] };
      const all = Object.fromEntries(KEYS.map((key) => [key, data[key] ?? null]));
      // `pulumi up` waits for the value TakenOver of this key, and prints its present value.
      const progress = data.state === "Waiting" ? `Waiting: ${data.message}` : (data.state ?? null);
      return parse(await call("PATCH", { metadata: { resourceVersion, ...added }, data: { ...all, progress } }));
    },
    async release({ resourceVersion, finalizers }) {
      const others = finalizers.filter((one) => one !== FINALIZER);
      await call("PATCH", { metadata: { resourceVersion, finalizers: others } }).catch((error: unknown) =>
        ifGone(error, "none"),
      );
    },
    remove: async () => void (await call("DELETE").catch((error: unknown) => ifGone(error, "none"))),
  };
}

/** Whether the API server keeps the order until the APIService is given back. */
export function hasFinalizer({ finalizers }: Order): boolean {
  return finalizers.includes(FINALIZER);
}

const RIGHTS = { GET: ["read", "get"], PATCH: ["changed", "patch"], DELETE: ["deleted", "delete"] } as const;

function orderProblem(namespace: string, method: keyof typeof RIGHTS, error: unknown) {
  const [done, verb] = RIGHTS[method];
  const message = `the order, ConfigMap ${namespace}/${ORDER}, cannot be ${done} (${reason(error)})`;
  if (!hasStatus(error, 401, 403)) return problem("ASM_TAKE_OVER_ORDER", message);
  const remedy = `Allow the adapter's ServiceAccount \`${verb}\` of the ConfigMap \`${ORDER}\` in the namespace \`${namespace}\`, as \`MetricsAdapter\` does.`;
  return problem("ASM_TAKE_OVER_ORDER", message, { remedy });
}

function parse(object: unknown): Order {
  const { metadata: givenMetadata, data: givenData } = record(object);
  const [metadata, data] = [record(givenMetadata), record(givenData)];
  const finalizers = metadata["finalizers"];
  // An adapter before `progress` wrote none. Without a state, the order is written again.
  const isState = data["progress"] !== undefined && ["Waiting", "TakenOver"].includes(String(data["state"]));
  const texts = KEYS.filter((key) => (key === "state" ? isState : typeof data[key] === "string"));
  return {
    resourceVersion: String(metadata["resourceVersion"]),
    isDeleted: metadata["deletionTimestamp"] !== undefined,
    finalizers: Array.isArray(finalizers) ? finalizers.map(String) : [],
    data: Object.fromEntries(texts.map((key) => [key, String(data[key]).slice(0, MOST_TEXT)])) as OrderData,
  };
}

function ifGone<T>(error: unknown, value: T): T {
  if (hasStatus(error, 404)) return value;
  throw error;
}
