import { type HpaStatus, isFailure, type Problem } from "@asm-autoscaler/hpa-metrics";
import type { SeenMetric } from "../delegates/delegates.ts";
import type { HpaMetrics } from "../hpas/metricRegistry.ts";
import { withoutSecrets } from "../kubernetes/secrets.ts";
import type { HpaRecord } from "./records.ts";
import type { ProblemStatus } from "./statusJson.ts";

/**
 * Lists the problems of an HPA, errors first: those of its annotations, those of the last reads of its metrics and those
 * of metrics that are not this adapter's. If none is an error, the HPA's failed conditions are added. This happens when
 * another replica of the adapter served the read.
 * @param neighbours The metrics that are not this adapter's, by their index in `spec.metrics`. Undefined without delegates.
 */
export function problemsOf(
  { hpa, problems: ofAnnotations }: HpaMetrics,
  { problems: ofReads, hpaStatus }: HpaRecord,
  neighbours: ReadonlyMap<number, SeenMetric> | undefined,
): ProblemStatus[] {
  const own = [...present(ofAnnotations, neighbours), ...ofReads.values()].map(shownProblem);
  const isExplained = own.some(({ severity }) => severity === "error");
  const all = isExplained ? own : [...own, ...ofConditions(hpaStatus, hpa.id)];
  return all.length < 2 ? all : all.toSorted((a, b) => rank(a) - rank(b));
}

/**
 * The problems of the annotations as of now. Whether a delegate serves a metric can have changed since the HPA was read.
 */
function present(
  ofAnnotations: readonly Problem[],
  neighbours: ReadonlyMap<number, SeenMetric> | undefined,
): readonly Problem[] {
  if (!neighbours) return ofAnnotations;
  const found = [...neighbours.values()].flatMap(({ problem }) => problem ?? []);
  // Several metrics of an HPA can have one name.
  const byMessage = new Map(found.map((problem) => [problem.message, problem]));
  return [...ofAnnotations.filter(({ code }) => code !== "ASM_METRIC_NOT_SERVED"), ...byMessage.values()];
}

/** A problem in the form of the page. */
export function shownProblem({ code, severity, key, message, remedy }: Problem): ProblemStatus {
  const [first = "", ...detail] = withoutSecrets(message).split("\n");
  return {
    code,
    severity,
    ...(key === undefined ? {} : { about: key }),
    message: ended(first),
    ...(detail.length > 0 ? { detail: detail.join("\n") } : {}),
    remedy: ended(withoutSecrets(remedy)),
  };
}

/** Converts conditions that are failures. A condition that repeats this adapter's message is shown as that problem. */
function ofConditions({ conditions }: HpaStatus, id: string): ProblemStatus[] {
  const [namespace, name] = id.split("/");
  return conditions.filter(isFailure).flatMap(({ reason, message }) => {
    if (reason === "ScalingDisabled") return [];
    const own = /\b(ASM_[A-Z_]+): (.*)$/s.exec(message);
    return [
      {
        code: own?.[1] ?? reason,
        severity: "error" as const,
        message: ended(withoutSecrets(own?.[2] ?? message)),
        remedy: `See kubectl -n ${namespace} describe hpa ${name}.`,
      },
    ];
  });
}

function rank({ severity }: ProblemStatus): number {
  return severity === "error" ? 0 : 1;
}

/** Formats a text as a sentence: with a full stop, and with a capital unless it begins with a URL or a name. */
function ended(text: string): string {
  const words = text.trim().replace(/^[a-z]+(?= )/, (word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words}${/[.?!\u2026]$/.test(words) ? "" : "."}`;
}
