import type { RelabelRule } from "../src/prometheus/envoyStats";

/** Prometheus's relabelling of one label set; undefined when a rule drops it. */
export function relabel(
  labels: Record<string, string>,
  rules: readonly RelabelRule[],
): Record<string, string> | undefined {
  const result = { ...labels };
  for (const rule of rules) {
    const value = rule.source_labels.map((name) => result[name] ?? "").join(";");
    const matches = new RegExp(`^(?:${rule.regex ?? ".*"})$`, "s").test(value);
    if (rule.action === "keep" && !matches) return undefined;
    if (rule.action === "drop" && matches) return undefined;
    if (rule.action === "replace" && rule.target_label !== undefined) result[rule.target_label] = value;
  }
  return result;
}
