/** What the page shows. This file has no imports, so that the page can share it. */

/** The answer of `/api/about`: the facts about the adapter that do not change while it runs. */
export interface About {
  /** Version of the adapter. */
  readonly version: string;
  /** Name of the cluster; absent without `--cluster-name`. Kubernetes itself does not know a name of the cluster. */
  readonly cluster?: string;
  /**
   * Base URL at which a browser reaches the web UI of the default server; absent without `--prometheus-web-url`. It is
   * never the URL that the adapter reads: that one can contain a credential.
   */
  readonly prometheusUrl?: string;
}

/** The answer of `/api/status`. */
export interface StatusList {
  /** Whether the adapter has listed the HPAs of the cluster. */
  readonly isSynced: boolean;
  /**
   * Number of HPAs with a metric of this adapter or a problem about one, and number of those with an error. With
   * delegates, all HPAs with an external metric.
   */
  readonly hpas: number;
  readonly faulty: number;
  /** Number of HPAs that match the search. `items` are those of one page. `page` starts at 1. */
  readonly matching: number;
  readonly page: number;
  readonly pages: number;
  readonly items: readonly HpaView[];
  /** The neighbouring adapters whose metrics are served through this one; absent without `--delegate`. */
  readonly delegates?: readonly DelegateView[];
  /** The API groups with an order to take them over, or with a problem of their APIServices; absent if there is none. */
  readonly apiServices?: readonly ApiServiceView[];
  /** The rules of prometheus-adapter; absent without `--prometheus-adapter-config`. */
  readonly rules?: RulesView;
}

/** The rules of prometheus-adapter, as this replica of the adapter has read them. */
export interface RulesView {
  /** When the rules in use were read, in Unix milliseconds; absent before the first file that can be read. */
  readonly readAt?: number;
  /** Number of rules of each API, and of those that are broken and not served. */
  readonly rules: { readonly custom: number; readonly external: number; readonly broken: number };
  /** Number of metrics that they give. */
  readonly metrics: { readonly custom: number; readonly external: number };
  /** Why the file is not in use, broken rules, and names that two rules give. */
  readonly problems: readonly ProblemStatus[];
  /** The lists of series, those with a problem first. */
  readonly lists: readonly {
    readonly seriesQuery: string;
    /** Number of names. */
    readonly names: number;
    /** When the last whole list was read, in Unix milliseconds; absent before that. */
    readonly listedAt?: number;
    readonly problem?: ProblemStatus;
  }[];
  /** Number of problems and lists that are not in this answer. */
  readonly leftOut: number;
}

/** The APIServices of one API group, as this replica of the adapter sees them. */
export interface ApiServiceView {
  /** Such as `external.metrics.k8s.io`. */
  readonly group: string;
  /** The state of the order to take them over, and one sentence about it; absent without an order. */
  readonly takeOver?: {
    readonly state: "waiting" | "taken-over" | "giving-back" | "unknown" | "absent";
    readonly message: string;
  };
  /** Why they are not taken over or given back, who removes the adapter's CA from one, and whether they are missing. */
  readonly problems: readonly ProblemStatus[];
}

/** One neighbouring adapter, as this replica of the adapter sees it. */
export interface DelegateView {
  readonly name: string;
  /** `namespace/name:port`. */
  readonly service: string;
  /** `closed`: reads are forwarded. `open`: it does not answer. `half-open`: one read tries it again. */
  readonly circuit: "closed" | "open" | "half-open";
  /** Whether its certificate is verified. */
  readonly isVerified: boolean;
  /** Number of metrics that it lists, and when the list was last read, in Unix milliseconds; absent before that. */
  readonly metrics: number;
  readonly listReadAt?: number;
  /** Why its CA or its list cannot be read now. */
  readonly problems: readonly ProblemStatus[];
  /** The last problem of a read and when it occurred, in Unix milliseconds. It may be over. */
  readonly lastProblem?: ProblemStatus & { readonly at: number };
}

/** One HPA: its status and the explanation. */
export interface HpaView {
  readonly namespace: string;
  readonly name: string;
  /** The scale target, such as `Deployment/podinfo`. */
  readonly target: string;
  readonly state: State;
  readonly replicas: {
    /** Replicas at the HPA controller's last sync; absent before the first. */
    readonly current?: number;
    /** Desired replicas at that sync. */
    readonly desired?: number;
    /** Desired replicas by the current readings, within minReplicas and maxReplicas. */
    readonly next?: number;
    /** Replicas that the metrics ask for, without limits. With `at-maximum`, it is more than `max`. */
    readonly wanted?: number;
    readonly min: number;
    readonly max: number;
  };
  /** Why it has this size: a `SizeReason` of hpa-metrics. */
  readonly reason: string;
  /** The explanation of the replicas in words, including the formula with its numbers. */
  readonly sentence: string;
  /** The metrics in the order of the HPA's spec. */
  readonly metrics: readonly MetricStatus[];
  /** Index of the metric that requests the most replicas. */
  readonly decides?: number;
  /** The problems, errors first. */
  readonly problems: readonly ProblemStatus[];
}

/**
 * The state of an HPA. `problem`: a metric is not served, or the HPA controller cannot scale. `waiting`: no reading yet.
 * `paused`: the target has 0 replicas, and the HPA controller does not scale it. `maximum`: the metrics request more
 * than maxReplicas.
 */
export type State = "problem" | "waiting" | "paused" | "maximum" | "growing" | "shrinking" | "steady";

/** One of the HPA's metrics. */
export interface MetricStatus {
  readonly name: string;
  /** The metric type. This adapter and its delegates serve `External` metrics. Other servers serve `Resource` and the other types. */
  readonly type: string;
  readonly query?: string;
  /** The annotation that contains the query. */
  readonly key?: string;
  /** The Prometheus server: `default`, `alias NAME`, or the server's host. */
  readonly server?: string;
  /** The neighbouring adapter that serves the metric; absent if none does. */
  readonly delegate?: {
    /** Its name in `--delegate`. */
    readonly name: string;
    /** Its last answer to this replica; absent if this replica has forwarded no read of the metric lately. */
    readonly lastAnswer?: {
      /** HTTP status, or the code of the problem if there was no usable answer. */
      readonly result: string;
      /** The sum of its values as a Kubernetes quantity, such as `1500m`; absent for an error and without a value. */
      readonly value?: string;
      /** The first line of the error. */
      readonly message?: string;
      /** Unix ms. */
      readonly at: number;
    };
  };
  /** The rule of prometheus-adapter that serves the metric; absent if none does. */
  readonly rule?: RuleStatus;
  /** The unit in words, such as `requests per second`; absent for a query of unknown form. */
  readonly unit?: string;
  readonly goal: { readonly kind: "averageValue" | "value" | "utilization"; readonly value: number };
  readonly reading?: {
    /**
     * The total value. For a metric that is neither External nor Object, the value of one pod. In percent when the target is a
     * utilization.
     */
    readonly value: number;
    /** Evaluation time in Unix milliseconds; absent when the value is from the HPA's status. */
    readonly evaluatedAt?: number;
    /** Absent for a metric that is read from Prometheus alone, and when the value is from the HPA's status. */
    readonly source?: SourceStatus;
  };
  readonly proposal?: { readonly replicas: number; readonly ratio: number; readonly formula: string };
  /** What is anticipated for this load; absent if nothing is. */
  readonly anticipated?: AnticipatedStatus;
  readonly history?: {
    /** Time of the last point, and interval between points, in Unix milliseconds and milliseconds. */
    readonly endsAt: number;
    readonly stepMs: number;
    readonly readings: readonly (number | null)[];
    readonly replicas: readonly (number | null)[];
    /** What was anticipated at each point for the time after it; absent if nothing is anticipated. */
    readonly anticipated?: readonly (number | null)[];
  };
}

/** The rule of prometheus-adapter that serves a metric. */
export interface RuleStatus {
  /** Where it is in the configuration, such as `rules[0]`. */
  readonly place: string;
  /** Name of the series with which it serves the metric. */
  readonly series: string;
  /**
   * What this replica has read lately. For `Pods` metrics one for each selector of pods, because several HPAs of a
   * namespace can ask for one metric.
   */
  readonly reads: readonly RuleReadStatus[];
}

/** One read of a metric of a rule. Without values yet, `evaluatedAt` and the numbers are absent. */
export interface RuleReadStatus {
  /** The selector of the pods; absent if the metric is not read for pods. */
  readonly pods?: string;
  /** The first part of the query. */
  readonly query: string;
  /** Evaluation time in Unix milliseconds. */
  readonly evaluatedAt?: number;
  /** Number of values, and of the objects that were asked for; for an external metric that of its series. */
  readonly count?: number;
  readonly objects?: number;
  readonly min?: number;
  readonly max?: number;
  readonly sum?: number;
  /** The first objects without a value. */
  readonly without: readonly { readonly name: string; readonly message: string }[];
  /** Why the last evaluation gave no values. */
  readonly problem?: ProblemStatus;
}

/** What is anticipated for the load of a metric. */
export interface AnticipatedStatus {
  /** Name of its query, and the annotation that contains it. */
  readonly name: string;
  readonly key: string;
  /** `observe`: it is only shown. `act`: it is also a metric of the HPA. */
  readonly mode: "observe" | "act";
  /** The load, and when it was evaluated in Unix milliseconds. */
  readonly reading?: { readonly value: number; readonly evaluatedAt: number };
  /** Pods that it needs, without limits. */
  readonly replicas?: number;
  /** Pods that it adds, or would add, to those that the other metrics ask for, within minReplicas and maxReplicas. */
  readonly added?: number;
  /** How many of the earlier periods have history; absent until they are counted, once an hour. */
  readonly periodsWithHistory?: number;
  /** All of this in words. */
  readonly sentence: string;
}

/** The sources of a reading that may be from Prometheus or from the pods of its workload. */
export interface SourceStatus {
  /** Whose value is served. */
  readonly from: "prometheus" | "pods";
  /** The value of each source, and its evaluation time in Unix milliseconds; absent while it gives none. */
  readonly prometheus?: { readonly value: number; readonly evaluatedAt: number };
  readonly pods?: {
    readonly value: number;
    readonly evaluatedAt: number;
    /** How far the value may be from what the sidecars counted. */
    readonly noise: number;
    /** Pods that serve, how many of them are to be read, and how many of these were read. */
    readonly pods: number;
    readonly sampled: number;
    readonly read: number;
  };
  /** Why the other source gave no new reading. */
  readonly problem?: ProblemStatus;
  /** Why the value of the pods may be too low. */
  readonly tooLow?: ProblemStatus;
}

export interface ProblemStatus {
  readonly code: string;
  /** With an `error`, a metric has no reading. */
  readonly severity: "error" | "warning";
  /** The annotation or metric that the problem is about. */
  readonly about?: string;
  readonly message: string;
  /** The invalid line of a query, with a caret below it. */
  readonly detail?: string;
  readonly remedy: string;
}

/** `1 request per second`, `2.5 requests per second`. `amount` is the number as it is printed. */
export function withUnit(amount: string, words: string): string {
  return `${amount} ${amount === "1" ? words.replace(/(request|connection|byte)s\b/, "$1") : words}`;
}
