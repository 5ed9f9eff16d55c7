import { type Problem, parseSignedDuration } from "@asm-autoscaler/hpa-metrics";
import type { EditableHpa } from "./cleanHpa.ts";
import { rejectedQuery } from "./metricsQl.ts";
import { isOurs } from "./sources.ts";

/** What kube-metrics-adapter does with input for which this adapter reports a problem. */
export interface ReferenceBehaviour {
  readonly id: string;
  readonly differs: boolean;
  readonly does: string;
}

const SAME_REFUSED = "does not serve the metric either";
const SAME_IGNORED = "ignores it as well, without a word";

/** Returns the reference adapter's behavior for a problem, from the rows of docs/reference/differences.md. */
export function referenceOf(problem: Problem, hpa: EditableHpa): ReferenceBehaviour {
  const { code, key = "", message } = problem;
  const value = hpa.annotations[key] ?? "";
  const differs = (does: string, id: string = code) => ({ id, differs: true, does });
  const same = (does: string) => ({ id: code, differs: false, does });
  switch (code) {
    case "ASM_QUERY_IN_LABEL":
      return differs("runs the label's value as PromQL", "pc-12");
    case "ASM_QUERY_MISSING":
      return missing(key, hpa, same);
    case "ASM_KEY_NOT_READ":
      return notRead(key, hpa, same);
    case "ASM_INTERVAL_INVALID":
      return value.startsWith("-")
        ? differs("queries without a pause", "pc-24")
        : differs("does not read the whole HPA, so its other metrics are not served");
    case "ASM_KEY_UNUSED":
    case "ASM_KEY_WITHOUT_EFFECT":
      return /\/(?:interval|min-pod-ready-age)$/.test(key) && !isGoDuration(value)
        ? differs("does not read the whole HPA", code === "ASM_KEY_UNUSED" ? "pc-27" : code)
        : same(SAME_IGNORED);
    case "ASM_SELECTOR_MISSING":
      return differs("serves it when there is a query, and the HPA gets the sum of all metrics of that name");
    case "ASM_QUERY_NAME_RESERVED":
    case "ASM_AGGREGATE_INVALID":
      return /\baggregate\b/.test(message + key)
        ? differs("reads aggregate as the name of a query", code)
        : same(SAME_REFUSED);
    case "ASM_SERVER_INVALID":
      return /label/.test(message) ? differs("uses the label's value as the server") : same("fails at each collection");
    case "ASM_QUERY_INVALID":
      return /a range vector is not a reading/.test(message)
        ? differs("serves 0, which scales to the minimum")
        : differs(rejectedQuery(value, serverOf(key, hpa)));
    case "ASM_POLICY_INVALID":
    case "ASM_REACTION_INVALID":
      return differs("does not know the setting and serves the metric");
    case "ASM_DIRECT_QUERY":
      return same("reads every query from Prometheus");
    case "ASM_PER_REPLICA_INVALID":
      return differs("divides by the replicas whatever the value is");
    case "ASM_PER_REPLICA_TWICE":
      return same("divides twice as well");
    case "ASM_LABEL_OVERRIDDEN":
      return same("takes the annotation as well");
    default:
      return same(SAME_REFUSED);
  }
}

type Same = (does: string) => ReferenceBehaviour;

/** The server that the annotations beside a query name, by its URL or its alias. */
function serverOf(key: string, { annotations }: EditableHpa): string {
  const [left = ""] = key.split("/");
  return annotations[`${left}/prometheus-server`] ?? annotations[`${left}/prometheus-server-alias`] ?? "";
}

/** Handles a missing query. The reference adapter can find it in a label, or under another type or collector. */
function missing(key: string, hpa: EditableHpa, same: Same): ReferenceBehaviour {
  const [left = "", name = ""] = key.split("/");
  const metricName = left.split(".")[2];
  if (hpa.external.some((metric) => metric.name === metricName && metric.matchLabels[name] !== undefined)) {
    return { id: "pc-14", differs: true, does: "runs the label of that name as PromQL" };
  }
  const elsewhere = Object.keys(hpa.annotations).some((other) => isKeyOf(other, metricName));
  return elsewhere && metricName !== undefined && otherQuery(key, hpa) !== undefined
    ? { id: "pc-18", differs: true, does: "runs the query of the key with another collector or type" }
    : same(SAME_REFUSED);
}

function notRead(key: string, hpa: EditableHpa, same: Same): ReferenceBehaviour {
  const [left = "", name = ""] = key.split("/");
  const [, type, metricName, collector, ...more] = left.split(".");
  const named = hpa.external.some((metric) => metric.name === metricName);
  if (collector === undefined || more.length > 0 || key.split("/").length !== 2 || !named) return same(SAME_IGNORED);
  const rival = Object.keys(hpa.annotations).find((other) => isKeyOf(other, metricName));
  if (rival !== undefined && collector !== "prometheus") {
    return { id: "pc-38", differs: true, does: "reads one of the two collectors, at random with each parse" };
  }
  if (type !== "external")
    return { id: "ASM_KEY_NOT_READ", differs: true, does: `reads "${type}" as external (the key ${name})` };
  // The type of the metric decides which collector reads the key, and not the collector that the key names.
  return hpa.external.some((metric) => metric.name === metricName && isOurs(metric))
    ? { id: "pc-18", differs: true, does: `reads its query on Prometheus (the key ${name})` }
    : { id: "ASM_METRIC_NOT_SERVED", differs: true, does: `reads it for its collector ${collector} (the key ${name})` };
}

function isKeyOf(key: string, metricName: string | undefined): boolean {
  return key.startsWith(`metric-config.external.${metricName}.prometheus/`);
}

/** Returns the annotation with the same key of the same metric under another type or collector. */
export function otherQuery(key: string, hpa: EditableHpa): string | undefined {
  const [left = "", name = ""] = key.split("/");
  const metricName = left.split(".")[2];
  return Object.keys(hpa.annotations).find((other) => {
    const [otherLeft = "", otherName, ...more] = other.split("/");
    const parts = otherLeft.split(".");
    const named = parts[0] === "metric-config" && parts[2] === metricName && parts.length === 4 && more.length === 0;
    return named && otherName === name && other !== key && parts[1] !== "pods" && parts[1] !== "object";
  });
}

/** Whether Go's time.ParseDuration accepts the value. Otherwise the reference adapter does not read the HPA. */
function isGoDuration(value: string): boolean {
  try {
    parseSignedDuration(value);
    return true;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false;
  }
}
