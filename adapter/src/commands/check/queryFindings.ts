import { type MetricSpec, readMetricSpecs } from "@asm-autoscaler/hpa-metrics";
import type { EditableHpa } from "./cleanHpa.ts";
import type { Finding } from "./report.ts";
import { givesOneSample } from "./series.ts";

/** Reports queries that name their own server (pc-32). */
export function servers(specs: readonly MetricSpec[]): Finding[] {
  return specs.flatMap(({ server, queryKey: key }): Finding[] => {
    if (server.kind !== "url") return [];
    const message = `the HPA names the server of its query itself: ${server.url}`;
    const here = "not served (ASM_SERVER_NOT_ALLOWED), unless --allow-prometheus-server has it";
    return [{ id: "pc-32", differs: true, key, message, reference: "asks any server", here }];
  });
}

/** Wraps a query that can return several samples, so that both adapters return the same value. */
export function severalSamples(hpa: EditableHpa): Finding[] {
  const findings: Finding[] = [];
  for (const spec of readMetricSpecs(hpa.annotations, hpa.external).specs) {
    if (spec.aggregate || givesOneSample(spec.query)) continue;
    const metric = hpa.external.find(
      ({ name, matchLabels }) => name === spec.metricName && matchLabels["query-name"] === spec.labels["query-name"],
    );
    const way = metric?.target["type"] === "Value" ? "max" : "sum";
    const lines = /#/.test(spec.query.text) ? `\n${spec.query.text}\n` : spec.query.text;
    hpa.annotations[spec.queryKey] = `${way}(${lines})`;
    findings.push({
      id: "ASM_SEVERAL_SERIES",
      differs: true,
      key: spec.queryKey,
      message: "the query may give several samples",
      reference: "takes the first one, silently",
      here: `an error when there are several; the query is now ${way}(…), check that you want the ${way}`,
    });
  }
  return findings;
}
