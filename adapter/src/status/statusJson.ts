/** What `/api/status` answers, and what the page shows. It imports nothing, so that the page can share it. */
export interface StatusList {
  /** Whether the adapter has listed the HPAs of the cluster. */
  readonly isSynced: boolean;
  /** HPAs that have a metric of this adapter, or a fault about one, and those of them with an error. */
  readonly hpas: number;
  readonly faulty: number;
  /** How many the search found; `items` are those of one page of them, `page` counts from 1. */
  readonly matching: number;
  readonly page: number;
  readonly pages: number;
  readonly items: readonly HpaView[];
}

/** One HPA: how it stands, and why. */
export interface HpaView {
  readonly namespace: string;
  readonly name: string;
  /** What it scales: `Deployment/podinfo`. */
  readonly target: string;
  readonly state: State;
  readonly replicas: {
    /** As the HPA controller found them at its last round; absent before it. */
    readonly current?: number;
    /** What it wanted then. */
    readonly desired?: number;
    /** What it will want by the present readings, bounds included. */
    readonly next?: number;
    readonly min: number;
    readonly max: number;
  };
  /** Why it has the size that it has, in words, with the formula filled in. */
  readonly sentence: string;
  /** In the order of the HPA's spec. */
  readonly metrics: readonly MetricStatus[];
  /** The place of the metric that asks for most. */
  readonly decides?: number;
  /** Errors first. */
  readonly faults: readonly FaultStatus[];
}

/**
 * `fault`: a metric is not served, or the HPA controller cannot scale. `waiting`: no reading yet. `paused`: the target has 0
 * replicas, and the controller leaves it alone. `maximum`: it would be larger if it might.
 */
export type State = "fault" | "waiting" | "paused" | "maximum" | "growing" | "shrinking" | "steady";

/** One of the HPA's metrics. */
export interface MetricStatus {
  readonly name: string;
  /** `External` metrics are this adapter's; `Resource` and others are answered by other servers. */
  readonly type: string;
  readonly query?: string;
  /** The annotation that the query stands in. */
  readonly key?: string;
  /** `default`, `alias NAME`, or the server's host. */
  readonly server?: string;
  /** In words, where the query is of a known form: `requests per second`. */
  readonly unit?: string;
  readonly goal: { readonly kind: "averageValue" | "value" | "utilization"; readonly value: number };
  readonly reading?: {
    /** The whole usage; of one pod where the metric is not External; percent where the goal is a utilization. */
    readonly value: number;
    /** When Prometheus evaluated it, Unix ms; absent where it is what the HPA controller noted. */
    readonly evaluatedAt?: number;
  };
  readonly proposal?: { readonly replicas: number; readonly ratio: number; readonly formula: string };
  readonly history?: {
    /** Unix ms of the last point, and between two points. */
    readonly endsAt: number;
    readonly stepMs: number;
    readonly readings: readonly (number | null)[];
    readonly replicas: readonly (number | null)[];
  };
}

export interface FaultStatus {
  readonly code: string;
  /** An `error` leaves a metric without a reading. */
  readonly severity: "error" | "warning";
  /** The annotation or metric it is about. */
  readonly about?: string;
  readonly message: string;
  /** The faulty line of a query with a caret below. */
  readonly detail?: string;
  readonly remedy: string;
}
