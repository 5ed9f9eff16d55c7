import { type Misfit, NOT_KNOWN } from "./shape.ts";

/** One finding about an object. */
export interface Finding {
  /** The case in docs/reference/differences.md, such as `pc-24`, or the error code in its row. */
  readonly id: string;
  /** Whether the object behaves differently with this adapter. Other findings are information only. */
  readonly differs: boolean;
  /** The annotation key or field that the finding is about. */
  readonly key?: string;
  /** The finding in one sentence. */
  readonly message: string;
  /** What the other adapter does. */
  readonly reference: string;
  /** What this adapter does, or how the printed object was changed. */
  readonly here: string;
}

/** The report about one object. */
export interface Report {
  /** The object, such as `HorizontalPodAutoscaler shop/web (cluster)`. */
  readonly subject: string;
  /** The kind of object, in the plural, and what it is compared with. Absent for an object that is not understood. */
  readonly compared?: { readonly what: string; readonly with: string };
  readonly findings: readonly Finding[];
  /** The changed object, which behaves the same with this adapter. Absent when no change is necessary or possible. */
  readonly manifest?: object;
  /** The object that behaves the same with this adapter, changed or not. Absent when there is none. */
  readonly whole?: object;
  /** Schedules that a `TrafficAutoscaler` has beside the metrics of `whole`. */
  readonly schedules?: readonly object[];
}

/**
 * The adapter for which the HPAs were written: the current kube-metrics-adapter, or the 2020 chart that the ASM guide
 * installs.
 */
export type Reference = "kube-metrics-adapter" | "guide-2020";

/** The finding about something that `check` does not know or cannot read. It always counts as a difference. */
export function unknownFinding(message: string, here: string, key?: string, reference = NOT_KNOWN): Finding {
  return {
    id: "ASM_CHECK_UNKNOWN",
    differs: true,
    ...(key === undefined ? {} : { key }),
    message,
    reference,
    here,
  };
}

/** The finding about a field that does not have the shape that `check` understands. */
export function misfitFinding({ path, why, reference, remedy }: Misfit): Finding {
  return unknownFinding(`${path} ${why}`, `you decide: ${remedy}`, path, reference);
}
