import { setImmediate } from "node:timers/promises";
import { escapeHtml } from "./answer.ts";
import type { CustomMetricName } from "./customMetrics.ts";
import { type ApiResource, resource, resourceList } from "./discovery.ts";
import { CUSTOM } from "./groups.ts";

/**
 * Maximum number of metrics in the list. The series in Prometheus decide how many there are. The HPA controller does
 * not read the list.
 */
export const MOST_LISTED = 50_000;

/** Number of metrics that are encoded before the event loop has its turn. They take about 1 ms. */
const SLICE = 1_000;

/** The encoded entries of a long list. */
const longLists = new WeakMap<readonly CustomMetricName[], Promise<readonly Buffer[]>>();

/**
 * Returns the body of `GET /apis/custom.metrics.k8s.io/VERSION`: each metric as `pods/http_requests` or
 * `ingresses.networking.k8s.io/hits`, in the order of `metrics` and without duplicates, at most 50,000. A list without
 * metrics has the resource `metrics`, because kubectl and Helm warn about an empty list.
 *
 * A list of more than 1,000 metrics is encoded once for each array, in slices, and returned as parts of JSON. The
 * availability probes of each API server read it ten times per minute and version.
 */
export async function customResourceList(
  version: string,
  metrics: readonly CustomMetricName[],
): Promise<object | readonly Buffer[]> {
  if (metrics.length <= SLICE) return resourceList(CUSTOM, version, shortList(metrics));
  const entries = longLists.get(metrics) ?? encodeEntries(metrics);
  longLists.set(metrics, entries);
  const [head = "", tail = ""] = JSON.stringify(resourceList(CUSTOM, version, [])).split("[]");
  return [Buffer.from(`${head}[`), ...(await entries), Buffer.from(`]${tail}\n`)];
}

function shortList(metrics: readonly CustomMetricName[]): ApiResource[] {
  const listed = entriesOf(metrics, new Set());
  return listed.length > 0 ? listed : [resource(CUSTOM, CUSTOM.resource, true)];
}

async function encodeEntries(metrics: readonly CustomMetricName[]): Promise<readonly Buffer[]> {
  const known = new Set<string>();
  const parts: Buffer[] = [];
  for (let start = 0; start < Math.min(metrics.length, MOST_LISTED); start += SLICE) {
    const entries = entriesOf(metrics.slice(start, Math.min(start + SLICE, MOST_LISTED)), known);
    const json = escapeHtml(JSON.stringify(entries)).slice(1, -1);
    if (json !== "") parts.push(Buffer.from(parts.length === 0 ? json : `,${json}`));
    await setImmediate();
  }
  return parts;
}

/** The entries of the metrics that are not known yet. */
function entriesOf(metrics: readonly CustomMetricName[], known: Set<string>): ApiResource[] {
  return metrics.flatMap(({ name, isNamespaced }) => {
    if (known.has(name)) return [];
    known.add(name);
    return [resource(CUSTOM, name, isNamespaced)];
  });
}
