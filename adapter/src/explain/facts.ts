import type { Fault, Proposal } from "hpa-metrics";
import type { Doubled } from "./doubled.ts";
import type { HpaState, Target } from "./hpaState.ts";
import type { Miss } from "./miss.ts";

/** Everything that is known of one HPA, from its annotations to its replicas. It is what `--output=json` prints. */
export interface Facts {
  readonly hpa: HpaState;
  readonly api: ApiState;
  /** What is wrong with its annotations. */
  readonly faults: readonly Fault[];
  /** Its external metrics that the adapter serves. */
  readonly metrics: readonly MetricFacts[];
}

/** Who serves the external metrics API. */
export type ApiState =
  | { readonly kind: "available"; readonly service: string }
  | { readonly kind: "unavailable"; readonly service: string; readonly why: string }
  | { readonly kind: "absent" }
  | { readonly kind: "unknown"; readonly why: string };

/** The chain of one metric. */
export interface MetricFacts {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly queryKey: string;
  readonly query: string;
  /** In words: `the default one`, `alias arms`. */
  readonly server: string;
  /** The labels in which queries may differ that are asked together with this one; absent when it is asked alone. */
  readonly groupedBy?: readonly string[];
  readonly target: Target | undefined;
  /** How many series each selector finds; absent when Prometheus was not asked or did not say. */
  readonly series?: readonly { readonly selector: string; readonly count: number }[];
  /** Why the query finds nothing. */
  readonly miss?: Miss;
  /** Pods whose series are there more than once. */
  readonly doubled?: Doubled;
  /** What the query gives now. */
  readonly reading: Value;
  /** What the HPA controller gets from the API now. */
  readonly served: Value;
  /** Replicas that the served value, else the reading, asks for, before limits; absent when there is neither. */
  readonly wanted?: Proposal;
}

/** A number, or why there is none. */
export type Value =
  | { readonly kind: "number"; readonly quantity: string; readonly milli: bigint; readonly at: string }
  | { readonly kind: "fault"; readonly fault: Fault; readonly noData: boolean }
  | { readonly kind: "unknown"; readonly why: string };
