import { record, recordsIn } from "@asm-autoscaler/hpa-metrics";
import { EXTERNAL_GROUP_VERSION, LISTING } from "../api/groups.ts";
import { reason } from "../kubernetes/client.ts";
import type { Connection } from "./connection.ts";

/** The names of the metrics that a delegate lists. */
export interface DiscoveryList {
  has(metric: string): boolean;
  /** The names as the delegate writes them. */
  names(): readonly string[];
  /** Whether it was read once with success. */
  isRead(): boolean;
  /** When it was last read, in Unix ms. `undefined` before the first time. */
  readAt(): number | undefined;
  /** Why the last attempt failed. */
  failure(): string | undefined;
  /** Reads the list. A failure keeps the names of before. Returns the HTTP status, if any. Never rejects. */
  read(connection: Pick<Connection, "get">, headers: Readonly<Record<string, string>>): Promise<number | undefined>;
}

/** Source: https://kubernetes.io/docs/reference/using-api/api-concepts/ (APIResourceList). */
const TARGET = `/apis/${EXTERNAL_GROUP_VERSION}`;
const LIMITS = { timeoutMs: 5_000, mostBytes: 2 * 1024 * 1024 };
const MOST_NAMES = 10_000;

/** Creates an empty list. */
export function createDiscoveryList(now: () => number): DiscoveryList {
  let names: readonly string[] = [];
  let lowerCase: ReadonlySet<string> = new Set();
  let readAt: number | undefined;
  let failure: string | undefined;
  return {
    has: (metric) => lowerCase.has(metric),
    names: () => names,
    isRead: () => readAt !== undefined,
    readAt: () => readAt,
    failure: () => failure,
    async read(connection, headers) {
      let status: number | undefined;
      try {
        const raw = await connection.get(TARGET, headers, LIMITS);
        status = raw.status;
        if (status !== 200) throw new Error(`HTTP ${status}`);
        const { kind, resources } = record(JSON.parse(raw.body.toString("utf8")));
        if (kind !== "APIResourceList") throw new Error("the answer is no APIResourceList");
        names = [...new Set(recordsIn(resources).flatMap(nameOf))].slice(0, MOST_NAMES);
        lowerCase = new Set(names.map((name) => name.toLowerCase()));
        readAt = now();
        failure = undefined;
      } catch (error) {
        failure = reason(error);
      }
      return status;
    },
  };
}

/** The library of the Go adapters lists `externalmetrics` when an adapter names no metric. It is not a metric. */
function nameOf({ name }: Readonly<Record<string, unknown>>): string[] {
  return typeof name === "string" && name !== "" && name.length <= 253 && name !== LISTING ? [name] : [];
}
