import * as pulumi from "@pulumi/pulumi";
import { FaultError } from "hpa-metrics";

/** One wrong argument of a component. */
export interface Mistake {
  /** Where it is, as Pulumi writes property paths: `metrics[0].query`. */
  readonly path: string;
  /** Stable code, `ASM_…`, listed in the error reference. */
  readonly code: string;
  /** One sentence that names the thing. Lines after the first show it: the faulty line of a query with a caret. */
  readonly message: string;
  /** What to do about it: one sentence. */
  readonly remedy: string;
}

/**
 * Throws all mistakes at once as a `pulumi.InputPropertiesError`; does nothing when there are none.
 *
 * The message repeats them, since only a component served to another language has its list of properties printed by
 * the engine; a plain Node program shows the message.
 */
export function refuse(component: string, mistakes: readonly Mistake[]): void {
  if (mistakes.length === 0) return;
  const errors = mistakes.map((mistake) => ({ propertyPath: mistake.path, reason: reason(mistake) }));
  const lines = errors.map((error) => `  ${error.propertyPath}: ${error.reason.replaceAll("\n", "\n    ")}`);
  const count = errors.length === 1 ? "one argument is" : `${errors.length} arguments are`;
  throw new pulumi.InputPropertiesError({ message: `${component}: ${count} wrong:\n${lines.join("\n")}`, errors });
}

/** Worded and laid out as the adapter words its faults. */
function reason({ code, message, remedy }: Mistake): string {
  return new FaultError({ code, severity: "error", message, remedy }).message;
}
