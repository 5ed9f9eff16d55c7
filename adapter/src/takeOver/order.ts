import { ProblemError, problem, record } from "@asm-autoscaler/hpa-metrics";
import { hasStatus, type Kubernetes, reason } from "../kubernetes/client.ts";
import { FIELD_MANAGER } from "../serving/apiService.ts";
import { GROUPS, type GroupName } from "./apiGroups.ts";

/** Name of the ConfigMap whose existence orders the adapter to take its APIServices over. Deleting it gives them back. */
export const ORDER = "asm-metrics-adapter-take-over";
/** Finalizer of the order: the ConfigMap stays until the APIServices are given back. */
const FINALIZER = "asm-metrics-adapter/give-back";

/** The order, as it was read. */
export interface Order {
  readonly resourceVersion: string;
  /** Whether it is being deleted. The API server keeps it until it has no finalizer. */
  readonly isDeleted: boolean;
  readonly finalizers: readonly string[];
  /**
   * The API groups that the order is about, from `data.groups`, which only its author writes: an adapter that serves one
   * group already can take over another one. Undefined: all groups that the adapter serves.
   */
  readonly groups: readonly string[] | undefined;
  /** The rest of `data`. Only the adapter writes it. */
  readonly data: OrderData;
}

/** What the adapter has written into the order. */
export interface OrderData {
  readonly groups: Readonly<Partial<Record<GroupName, GroupData>>>;
  /** The replica that follows the order, and when it said so (RFC 3339). Absent while there is nothing to do. */
  readonly reporter?: string;
  readonly reportedAt?: string;
}

/**
 * What the order says about one API group. Each value is a text. A key that is absent has no value. The keys of the
 * external metrics API are as here, and those of another group begin with its short name, such as `custom.state`.
 */
export interface GroupData {
  /** Absent with a message: nobody has registered this API. */
  readonly state?: "Waiting" | "TakenOver";
  /** Sentences. While the adapter waits, it is the problem with its code and remedy. */
  readonly message?: string;
  /** How often the group was taken over since the order was given, and when the last time was (RFC 3339). */
  readonly takeOvers?: string;
  readonly lastTakeOver?: string;
  /** Who gave the group back to another Service before the last time: the manager in `metadata.managedFields`. */
  readonly revertedBy?: string;
}

const GROUP_KEYS = [
  "state",
  "message",
  "takeOvers",
  "lastTakeOver",
  "revertedBy",
] as const satisfies (keyof GroupData)[];
const PREFIXES: Readonly<Record<GroupName, string>> = {
  "external.metrics.k8s.io": "",
  "custom.metrics.k8s.io": "custom.",
};

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
      const { reporter = null, reportedAt = null } = data;
      const all = Object.assign(
        { reporter, reportedAt, progress: progressOf(data) },
        ...GROUPS.map((group) => textsOf(group, data.groups[group] ?? {})),
      );
      return parse(await call("PATCH", { metadata: { resourceVersion, ...added }, data: all }));
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

/** `pulumi up` waits for the value TakenOver of the key `progress`, and prints its present value. */
function progressOf({ groups }: OrderData): string | null {
  const all = Object.values(groups).filter(({ state }) => state !== undefined);
  const waiting = all.filter(({ state }) => state === "Waiting");
  if (waiting.length > 0) return `Waiting: ${waiting.map(({ message }) => message).join(" ")}`;
  return all.length > 0 ? "TakenOver" : null;
}

function textsOf(group: GroupName, data: GroupData): Record<string, string | null> {
  return Object.fromEntries(GROUP_KEYS.map((key) => [`${PREFIXES[group]}${key}`, data[key] ?? null]));
}

/** Whether the API server keeps the order until the APIServices are given back. */
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
  const texts = (keys: readonly string[], prefix = "") =>
    Object.fromEntries(
      keys.flatMap((key) => {
        const text = data[`${prefix}${key}`];
        return typeof text === "string" ? [[key, text.slice(0, MOST_TEXT)]] : [];
      }),
    );
  const groups = GROUPS.flatMap((group) => {
    const { state, ...others } = texts(GROUP_KEYS, PREFIXES[group]);
    // An adapter before `progress` wrote none. Without a state, the order is written again.
    const isState = data["progress"] !== undefined && (state === "Waiting" || state === "TakenOver");
    const known = { ...others, ...(isState ? { state } : {}) };
    return Object.keys(known).length > 0 ? [[group, known]] : [];
  });
  const wanted = data["groups"];
  return {
    resourceVersion: String(metadata["resourceVersion"]),
    isDeleted: metadata["deletionTimestamp"] !== undefined,
    finalizers: Array.isArray(finalizers) ? finalizers.map(String) : [],
    groups:
      typeof wanted === "string"
        ? wanted
            .slice(0, MOST_TEXT)
            .split(/[\s,]+/)
            .filter(Boolean)
        : undefined,
    data: { groups: Object.fromEntries(groups), ...texts(["reporter", "reportedAt"]) },
  };
}

function ifGone<T>(error: unknown, value: T): T {
  if (hasStatus(error, 404)) return value;
  throw error;
}
