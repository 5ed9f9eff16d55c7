import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import type { Verdict } from "../auth/authorize.ts";
import type { Attributes } from "../kubernetes/requestAttributes.ts";
import type { Identity, Refusal } from "../kubernetes/userInfo.ts";
import type { Answer } from "./answer.ts";
import type { CustomMetrics } from "./customMetrics.ts";
import type { HealthCheck, MetricRoute } from "./routes.ts";

/** One value of a metric as the API serves it. */
export interface MetricValue {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string>>;
  /** A Kubernetes quantity: `8308m`, `10`. */
  readonly value: string;
  /** The evaluation time in Unix milliseconds. */
  readonly evaluatedAt: number;
  /** Says in ASCII where the value is from. Absent if Prometheus is its only source. */
  readonly source?: string;
}

/** Header of an answer with one value that has several sources. `explain` reads it. */
export const SOURCE_HEADER = "Asm-Metrics-Source";

/**
 * The result of a metric read. `message` names the HPA, the key, the cause and the remedy, and is shown to the user.
 */
export type ReadResult =
  | { readonly ok: true; readonly readings: readonly MetricValue[] }
  | { readonly ok: false; readonly message: string };

/** A read of a metric that a neighbouring adapter serves. */
export interface Forwarding {
  /** The name of the delegate. */
  readonly delegate: string;
  /**
   * Sends the raw request target to the delegate and returns its answer. `via` is the request's `Via` header. It has a
   * deadline of its own and never rejects.
   */
  forward(target: string, via: string | undefined): Promise<Answer>;
}

/** The neighbouring adapters whose metrics are served through this one. */
export interface ForwardingDelegates {
  /** The names of their metrics. */
  metricNames(): readonly string[];
  /** Returns how to forward a read, or undefined if this adapter answers it. */
  route(read: Pick<MetricRoute, "namespace" | "metric" | "selector">): Forwarding | undefined;
}

/** The functions of the adapter that the API calls. */
export interface ApiDependencies {
  /** The names of all registered metrics, in any order and possibly with duplicates. Returns synchronously. */
  metricNames(): readonly string[];
  /** The names of the metrics that the namespace's HPAs use. */
  namespaceMetrics(namespace: string): readonly string[];
  /**
   * Reads the metric of a namespace and returns the readings whose labels match. The metric name is not case-sensitive.
   */
  readMetric(
    namespace: string,
    metric: string,
    matches: (labels: Readonly<Record<string, string>>) => boolean,
    /** A label and its required value, when the selector has an equality requirement. */
    equal?: readonly [string, string],
  ): Promise<ReadResult>;
  /** The neighbouring adapters. Absent when there is none. */
  readonly delegates?: ForwardingDelegates;
  /** External metrics of rules, which come after those of annotations and before the delegates'. Absent without rules. */
  readonly externalRules?: {
    metricNames(): readonly string[];
    /** Reads a metric. Undefined if no rule serves it for the namespace. */
    read(read: Pick<MetricRoute, "namespace" | "metric" | "selector">): Promise<ReadResult> | undefined;
  };
  /** The custom metrics API. Absent if it is not served. */
  readonly custom?: CustomMetrics;
  /** Whether the client of a new connection is the front proxy. */
  isFrontProxy(socket: TLSSocket): boolean;
  /**
   * Authenticates the request. Returns synchronously unless a token must be reviewed, because the availability probe
   * uses it.
   */
  identify(request: IncomingMessage): Identity | Refusal | Promise<Identity | Refusal>;
  /** Checks whether the user is authorized. Rejects when no authorizer can be reached. */
  authorize(identity: Identity, attributes: Attributes): Verdict | Promise<Verdict>;
  /** Returns the names of the failing checks. An empty list means healthy. */
  health(check: HealthCheck): readonly string[];
  log(entry: RequestEntry): void;
}

/** One answered request, for the log. It contains no headers, so it contains no token. */
export interface RequestEntry {
  readonly method: string;
  readonly path: string;
  /** The HTTP status; 0 when a connection could not be accepted. In that case `error` says why. */
  readonly status: number;
  readonly milliseconds: number;
  readonly verb?: string;
  readonly user?: string;
  readonly auditId?: string;
  /** The delegate that answered. */
  readonly delegate?: string;
  /** Why authentication failed. */
  readonly refusal?: string;
  /** The exception that was thrown while the request was answered. */
  readonly error?: unknown;
}
