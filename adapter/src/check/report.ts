/** One thing that the check has to say about an object. */
export interface Finding {
  /** Recorded case of docs/reference/differences.md, such as `pc-24`, or the error code that its row names. */
  readonly id: string;
  /** Whether the object behaves differently here; the rest is worth knowing and is the same in both. */
  readonly differs: boolean;
  /** The annotation key or the field that it is about. */
  readonly key?: string;
  /** What is so, in one sentence. */
  readonly message: string;
  /** What the other adapter does with it. */
  readonly reference: string;
  /** What this adapter does, or what was changed in the object that is printed. */
  readonly here: string;
}

/** Everything about one object. */
export interface Report {
  /** `HorizontalPodAutoscaler shop/web (cluster)`. */
  readonly subject: string;
  readonly findings: readonly Finding[];
  /** The object that does the same with this adapter; absent when nothing is to be changed or nothing can be. */
  readonly manifest?: object;
  /** The object that does the same, whether it had to be changed or not; absent where there is none. */
  readonly whole?: object;
}

/** Which adapter the HPAs were written for: today's kube-metrics-adapter, or the chart of 2020 that the guide installs. */
export type Reference = "kube-metrics-adapter" | "guide-2020";
