import { record } from "@asm-autoscaler/hpa-metrics";
import { hasStatus, type Kubernetes } from "../kubernetes/client.ts";
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
  /** `data.state` and `data.message`. Only the adapter writes them. */
  readonly state: string | undefined;
  readonly message: string | undefined;
}

/** What the order has in `data`. */
export interface OrderStatus {
  readonly state: "Waiting" | "TakenOver";
  /** One sentence. While the adapter waits, it is the problem with its code and remedy. */
  readonly message: string;
}

/** The order in one namespace. */
export interface OrderStore {
  /**
   * Reads the order. `none`: it does not exist. `forbidden`: the adapter may not read it, so nobody can give it orders.
   * @throws KubernetesError
   */
  read(): Promise<Order | "none" | "forbidden">;
  /** Writes the status and the finalizer if they differ. @throws KubernetesError with status 409 if the order changed */
  write(order: Order, status: OrderStatus): Promise<void>;
  /** Removes the finalizer, so that the API server deletes the order. Resolves also if it is gone. @throws KubernetesError */
  release(order: Order): Promise<void>;
  /** Deletes the order. Resolves also if it does not exist. @throws KubernetesError */
  remove(): Promise<void>;
}

/** The order in a namespace, which is the adapter's. */
export function orderStore(kubernetes: Pick<Kubernetes, "call">, namespace: string): OrderStore {
  const path = `/api/v1/namespaces/${namespace}/configmaps/${ORDER}`;
  const query = { fieldManager: FIELD_MANAGER };
  const patch = (body: object) =>
    kubernetes.call("PATCH", path, { body, contentType: "application/merge-patch+json", query });

  return {
    async read() {
      try {
        return parse(await kubernetes.call("GET", path));
      } catch (error) {
        if (hasStatus(error, 404)) return "none";
        if (hasStatus(error, 403)) return "forbidden";
        throw error;
      }
    },
    async write(order, { state, message }) {
      const { resourceVersion, finalizers } = order;
      // An object that is being deleted gets no finalizers any more.
      const isKept = order.isDeleted || hasFinalizer(order);
      if (order.state === state && order.message === message && isKept) return;
      const added = isKept ? {} : { finalizers: [...finalizers, FINALIZER] };
      // `pulumi up` waits for the value TakenOver of this key, and prints its present value.
      const progress = state === "Waiting" ? `Waiting: ${message}` : state;
      await patch({ metadata: { resourceVersion, ...added }, data: { state, message, progress } });
    },
    async release({ resourceVersion, finalizers }) {
      const others = finalizers.filter((one) => one !== FINALIZER);
      await patch({ metadata: { resourceVersion, finalizers: others } }).catch(unlessGone);
    },
    remove: async () => void (await kubernetes.call("DELETE", path).catch(unlessGone)),
  };
}

/** Whether the API server keeps the order until the APIService is given back. */
export function hasFinalizer({ finalizers }: Order): boolean {
  return finalizers.includes(FINALIZER);
}

function parse(object: unknown): Order {
  const { metadata: givenMetadata, data: givenData } = record(object);
  const [metadata, data] = [record(givenMetadata), record(givenData)];
  const finalizers = metadata["finalizers"];
  return {
    resourceVersion: String(metadata["resourceVersion"]),
    isDeleted: metadata["deletionTimestamp"] !== undefined,
    finalizers: Array.isArray(finalizers) ? finalizers.map(String) : [],
    state: typeof data["state"] === "string" ? data["state"] : undefined,
    message: typeof data["message"] === "string" ? data["message"] : undefined,
  };
}

function unlessGone(error: unknown): void {
  if (!hasStatus(error, 404)) throw error;
}
