import type { MetricSpec } from "@asm-autoscaler/hpa-metrics";
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

/** Reports queries that are not read, because their server has a query dialect of its own. */
export function ownDialects(specs: readonly MetricSpec[]): Finding[] {
  return specs.flatMap(({ query, queryKey: key, aggregate }): Finding[] => {
    if (!query.isUnparsed) return [];
    const message = "the query is in the dialect of its server, so check does not know what it returns";
    const several = aggregate ? "" : "; more than one sample is an error (ASM_SEVERAL_SERIES), unless aggregate is set";
    const reference = "sends it unread, and takes the first sample";
    return [{ id: "dialect", differs: false, key, message, reference, here: `sends it unread${several}` }];
  });
}

/** Reports the `Object` metrics that are served as they are. */
export function servedObjects(specs: readonly MetricSpec[]): Finding[] {
  return specs.flatMap(({ metricName, object, queryKey: key }): Finding[] => {
    if (!object) return [];
    const message = `the metric "${metricName}" is of type Object (${object.kind}), with a query on Prometheus`;
    const here = "served as it is, if the adapter runs with --custom-metrics";
    return [{ id: "object", differs: false, key, message, reference: "serves it by the custom metrics API", here }];
  });
}

/** Reports queries that are also read from the proxies of the workload. Those that they cannot answer are problems. */
export function fromProxies(specs: readonly MetricSpec[]): Finding[] {
  return specs.flatMap(({ direct, queryKey: key }): Finding[] => {
    if (!direct) return [];
    const message = `the proxies of ${direct.target.kind}/${direct.target.name} can answer the query`;
    const when = direct.mode === "always" ? "" : " while Prometheus does not answer";
    const here = `read from them too${when}, if the adapter runs with --direct; otherwise from Prometheus alone, with the warning ASM_DIRECT_OFF`;
    return [{ id: "direct", differs: true, key, message, reference: "reads it from Prometheus only", here }];
  });
}

/** Wraps a query that can return several samples, so that both adapters return the same value. */
export function severalSamples(hpa: EditableHpa, specs: readonly MetricSpec[]): Finding[] {
  const findings: Finding[] = [];
  for (const spec of specs) {
    if (spec.aggregate || spec.query.isUnparsed || givesOneSample(spec.query)) continue;
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
