import type { HpaStatus, Problem, Proposal, SizeExplanation } from "@asm-autoscaler/hpa-metrics";
import type { ReadingSource } from "../../readings/reading.ts";
import type { SeenMetric } from "../../rules/seenMetrics.ts";
import type { DescribedMetric } from "../../status/sentence.ts";
import type { Doubled } from "./doubled.ts";
import type { Miss } from "./miss.ts";
import type { WindowScrapes } from "./scrapes.ts";
import type { UncountedTraffic } from "./traffic.ts";

/** All facts about one HPA, from its annotations to its replicas. `--output=json` prints them. */
export interface Facts {
  /** `namespace/name`. */
  readonly id: string;
  readonly hpa: HpaStatus;
  readonly api: ApiState;
  /** The problems of its annotations. */
  readonly problems: readonly Problem[];
  /** The external metrics that the adapter serves for it. */
  readonly metrics: readonly MetricFacts[];
  /** What is anticipated for the loads of its metrics. */
  readonly anticipated: readonly AnticipatedFact[];
  /** Its other external metrics. Another adapter serves them, perhaps through this one. */
  readonly neighbours: readonly NeighbourMetric[];
  /** The API of its `Pods` and `Object` metrics. Absent if it has none. */
  readonly customApi?: CustomApi;
  /** Its `Pods` and `Object` metrics. */
  readonly custom: readonly CustomFacts[];
  /** The rules of `--prometheus-adapter-config`. Absent without the flag. */
  readonly rules?: RulesFacts;
  /** Each of `spec.metrics` with the value that the HPA controller gets, as in the explanation of the size. */
  readonly described: readonly DescribedMetric[];
  /** The size that these values lead to, by the rules of the HPA controller. */
  readonly size: SizeExplanation;
}

/** Which Service serves the external metrics API. */
export type ApiState =
  | { readonly kind: "available"; readonly service: string }
  | { readonly kind: "unavailable"; readonly service: string; readonly why: string }
  | { readonly kind: "absent" }
  | { readonly kind: "unknown"; readonly why: string };

/** The facts about one metric. */
export interface MetricFacts {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly queryKey: string;
  readonly query: string;
  /** The Prometheus server in words: `the default one`, `alias arms`. */
  readonly server: string;
  /** Labels that can differ between queries of the same batch; absent when the query is not batched. */
  readonly groupedBy?: readonly string[];
  /** `AverageValue 10`, as a target of the HPA's spec. */
  readonly target: string;
  /** Number of series per selector; absent when Prometheus was not queried or did not answer. */
  readonly series?: readonly { readonly selector: string; readonly count: number }[];
  /** The window of the query that holds the fewest scrapes; absent without a window, and if the interval is not known. */
  readonly window?: WindowScrapes;
  /** Why the query returns no sample. */
  readonly miss?: Miss;
  /** Pods that are scraped more than once. */
  readonly doubled?: Doubled;
  /** Traffic of its workload that the query cannot count. */
  readonly uncounted?: UncountedTraffic;
  /** How it is read from the pods of its workload; absent for a metric of Prometheus alone. */
  readonly podReads?: PodReads;
  /** The current result of the query. */
  readonly reading: Value;
  /** The value that the HPA controller currently gets from the API. */
  readonly served: Value;
  /** The replicas that the metric asks for, before limits. Absent without a value. */
  readonly wanted?: Proposal;
}

/** What is anticipated for the load of a metric. */
export interface AnticipatedFact {
  /** Name of its query, and of the query of the load. */
  readonly name: string;
  readonly load: string;
  /** `observe`: it is only shown. `act`: it is also a metric of the HPA. */
  readonly mode: "observe" | "act";
  /** The current result of the query. */
  readonly reading: Value;
  /** How far ahead it is; absent for a query of another form. */
  readonly leadSeconds?: number;
  /** Pods that it needs, without limits, and whether they are more than maxReplicas. Absent without a value per pod. */
  readonly pods?: number;
  readonly isBeyondMaximum?: boolean;
}

/** How a metric with the reaction Direct is read from the pods of its workload. */
export interface PodReads {
  /** `fallback`: only while Prometheus does not answer. */
  readonly mode: "always" | "fallback";
  /** Why the pods give no reading, as the adapter says. Absent while they give one, and for some seconds at the start. */
  readonly problem?: ServedProblem;
  /** What in the cluster keeps the adapter from reading them, as far as you may read it. */
  readonly obstacle?: Obstacle;
}

/** What keeps the adapter from reading the pods of a workload. */
export interface Obstacle {
  /** Stable identifier, such as `direct-network-policy`. */
  readonly id: string;
  readonly why: string;
  readonly remedy: string;
}

/** An external metric of the HPA that is not this adapter's by its form. */
export interface NeighbourMetric {
  /** In lower case, as the HPA controller sends it. */
  readonly name: string;
  readonly selector: string;
  /** Names of the `--delegate` flags that claim it by a label or a pattern. Their discovery lists are not known here. */
  readonly delegates: readonly string[];
  /** Name of the delegate that gave the API's answer, as the adapter says in the header `Via`. */
  readonly answeredBy?: string;
  /** The neighbour whose label the selector has, such as `keda`. */
  readonly neighbour?: string;
  /** The rule of the file that serves it, and what its query gives. */
  readonly rule?: SeenMetric;
  /** What the external metrics API answers. */
  readonly served: Value;
  /** Shell command that reads it as the HPA controller does. */
  readonly command: string;
}

/** Which Service serves the custom metrics API. */
export interface CustomApi {
  /** The version that the HPA controller uses, such as `v1beta2.custom.metrics.k8s.io`. */
  readonly apiService: string;
  readonly state: ApiState;
}

/** The facts about a `Pods` or an `Object` metric. */
export interface CustomFacts {
  /** Index in `spec.metrics`. */
  readonly place: number;
  readonly name: string;
  /** `Pods metric`, `Object metric of Ingress front`. */
  readonly words: string;
  /** `AverageValue 10`, as a target of the HPA's spec. */
  readonly target: string;
  /** Shell command that reads it as the HPA controller does. Absent if the read is not known. */
  readonly command?: string;
  /** Whether the HPA controller may read it. */
  readonly permission?:
    | { readonly kind: "allowed" }
    | { readonly kind: "denied"; readonly user: string; readonly why: string }
    | { readonly kind: "unknown"; readonly why: string };
  /** The value that the HPA controller uses, from what the API answers: for pods their mean. */
  readonly served: Value;
  /** Number of values in that answer. */
  readonly count?: number;
  /** Running pods that are not new and have no value in it. Empty if the pods may not be listed from here. */
  readonly without: readonly string[];
  /** The annotation that serves an `Object` metric, before any rule. */
  readonly annotation?: { readonly key: string; readonly query: string };
  /** The rule of the file that serves it, and what its query gives. */
  readonly rule?: SeenMetric;
  /** Why the rules of the file give no value. */
  readonly refused?: string;
}

/** What is wrong with the rules of the file. */
export interface RulesFacts {
  /** Why the file cannot be used. */
  readonly problem?: string;
  readonly broken: readonly { readonly place: string; readonly message: string }[];
  /** The lists of series that failed. */
  readonly failedLists: readonly { readonly seriesQuery: string; readonly message: string }[];
}

/** A number, or the reason why there is none. */
export type Value =
  | {
      readonly kind: "number";
      readonly quantity: string;
      readonly milli: bigint;
      readonly at: string;
      readonly source?: ReadingSource;
    }
  | { readonly kind: "problem"; readonly problem: ServedProblem; readonly noData: boolean }
  | { readonly kind: "unknown"; readonly why: string };

/** A problem as the API answers it. Its code is empty, or of another version, if the message is not this version's. */
export interface ServedProblem extends Pick<Problem, "message" | "remedy"> {
  readonly code: string;
}
