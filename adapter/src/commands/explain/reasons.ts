import type { SizeReason } from "@asm-autoscaler/hpa-metrics";
import { sentence } from "../../status/sentence.ts";
import { noScale, otherMetricFails, sharedPods } from "./controllerReasons.ts";
import { customApiAway, customFails, customForbidden, podsWithoutSample } from "./customReasons.ts";
import type { Facts } from "./facts.ts";
import {
  apiAway,
  faultyAnnotations,
  fewScrapes,
  noMetrics,
  noReading,
  notServed,
  scrapedTwice,
  servedStale,
  uncountedTraffic,
  unknownReadings,
} from "./metricReasons.ts";
import { neighbourFails } from "./neighbours.ts";
import { podsUnread, podsUnused } from "./podReads.ts";
import type { Find, Reason } from "./reason.ts";

/**
 * The causes, from most to least likely. Each is checked independently. A cause comes before its effects: without the
 * API, no metric has a reading. The HPA controller's conditions are older than the facts that were just collected.
 */
const CAUSES: readonly Find[] = [
  noScale,
  apiAway,
  customApiAway,
  customForbidden,
  faultyAnnotations,
  noMetrics,
  uncountedTraffic,
  fewScrapes,
  noReading,
  podsUnread,
  notServed,
  neighbourFails,
  customFails,
  sharedPods,
  otherMetricFails,
  scrapedTwice,
  servedStale,
  podsUnused,
  podsWithoutSample,
  unknownReadings,
];

/**
 * Returns the reasons that apply, the most likely first. The reason of the size is always one of them. It comes after
 * the causes, unless a user has disabled scaling: then nothing else matters.
 */
export function reasonsOf(facts: Facts): Reason[] {
  const causes = CAUSES.flatMap((find) => find(facts) ?? []);
  const size = sizeReason(facts);
  return facts.size.reason === "scaling-disabled" ? [size, ...causes] : [...causes, size];
}

/** What to do about each reason of a size, and whether it prevents the HPA from scaling as its metrics request. */
const SIZE_REASONS: Readonly<Record<SizeReason, { wrong: boolean; remedy: string }>> = {
  "not-synced": {
    wrong: true,
    remedy: "Wait for its next sync, 15 s; if this lasts, check that kube-controller-manager runs",
  },
  "scaling-disabled": {
    wrong: true,
    remedy: "Scale it to 1 or more; to let it sleep and wake by traffic set minReplicas: 0",
  },
  "out-of-bounds": { wrong: false, remedy: "Check again after the HPA controller's next sync, in 15 s" },
  "no-reading": { wrong: true, remedy: "Check the metrics with kubectl describe hpa" },
  "missing-reading": {
    wrong: true,
    remedy: "Repair or remove the metric without a reading; kubectl describe hpa names it",
  },
  "direction-disabled": { wrong: true, remedy: "Remove selectPolicy" },
  "at-maximum": { wrong: true, remedy: "Raise maxReplicas, or the target of each pod" },
  "at-minimum": { wrong: false, remedy: "Nothing; lower minReplicas to let it shrink further" },
  "within-tolerance": {
    wrong: false,
    remedy: "Nothing; a smaller behavior.scaleUp.tolerance makes it follow more closely",
  },
  settled: { wrong: false, remedy: "Nothing" },
  stabilized: {
    wrong: false,
    remedy: "Wait, or shorten the stabilizationWindowSeconds of behavior.scaleDown or scaleUp",
  },
  "rate-limited": { wrong: false, remedy: "Wait, or allow larger steps in the policies of behavior" },
  scales: { wrong: false, remedy: "Check again after the HPA controller's next sync, in 15 s" },
};

/** The reason of the size. The sentence is the one of the status page. */
function sizeReason({ hpa, size, described, metrics }: Facts): Reason {
  const notes = metrics.some(({ uncounted }) => uncounted?.kind === "upgrades")
    ? " Some requests are WebSockets, which its query counts only when they end."
    : "";
  return { id: size.reason, why: `${sentence(hpa, size, described)}${notes}`, ...SIZE_REASONS[size.reason] };
}
