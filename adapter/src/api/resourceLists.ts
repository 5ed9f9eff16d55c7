import { setImmediate } from "node:timers/promises";
import { escapeHtml } from "./answer.ts";
import type { CustomMetricName } from "./customMetrics.ts";
import { type ApiResource, resource, resourceList } from "./discovery.ts";
import { type ApiGroup, CUSTOM, EXTERNAL, LISTING } from "./groups.ts";

// The bodies of `GET /apis/GROUP/VERSION`. The series in Prometheus decide how many metrics the rules of
// prometheus-adapter give, and the availability probes of each API server read these bodies ten times per minute and
// version. So a list of more than 1,000 metrics is encoded once for each array, in slices, and its body is parts of JSON.

/** Maximum number of metrics of a long list. The HPA controller does not read the lists. */
export const MOST_LISTED = 50_000;

/** Number of metrics that are encoded before the event loop has its turn. They take about 1 ms. */
const SLICE = 1_000;

/** A body that is encoded here only if it is long. */
type Body = object | readonly Buffer[];

/**
 * Lists external metrics: those of HPAs, then those of `others`, such as neighbouring adapters, each without duplicates.
 * Short lists are sorted. Without `others`, the list is empty until an HPA registers a metric. With others, it is never
 * empty, as theirs never is: kubectl and Helm warn about an empty list.
 */
export async function externalResourceList(
  version: string,
  ours: readonly string[],
  others?: readonly (readonly string[])[],
): Promise<Body> {
  const long = others?.filter((names) => names.length > SLICE) ?? [];
  const encoded = await Promise.all(long.map((names) => encodedList(names, (name) => resource(EXTERNAL, name, true))));
  const own = new Set(ours);
  const short = new Set(others?.filter((names) => names.length <= SLICE).flat());
  const theirs = [...short].filter((name) => !own.has(name));
  const names = [...[...own].sort(), ...theirs.sort()].filter((name) => !encoded.some((list) => list.names.has(name)));
  const isEmpty = names.length === 0 && others !== undefined && long.length === 0;
  const listed = (isEmpty ? [LISTING] : names).map((name) => resource(EXTERNAL, name, true));
  return bodyOf(EXTERNAL, version, listed, encoded);
}

/**
 * Lists custom metrics as `pods/http_requests` or `ingresses.networking.k8s.io/hits`, in the order of `metrics` and without
 * duplicates. A list without metrics has the resource `metrics`, because kubectl and Helm warn about an empty list.
 */
export async function customResourceList(version: string, metrics: readonly CustomMetricName[]): Promise<Body> {
  const entryOf = ({ name, isNamespaced }: CustomMetricName) => resource(CUSTOM, name, isNamespaced);
  if (metrics.length > SLICE) return bodyOf(CUSTOM, version, [], [await encodedList(metrics, entryOf)]);
  const listed = newEntries(metrics, entryOf, new Set());
  return bodyOf(CUSTOM, version, listed.length > 0 ? listed : [resource(CUSTOM, CUSTOM.resource, true)], []);
}

/** The entries of a long list. */
interface Encoded {
  readonly names: ReadonlySet<string>;
  /** Each entry as JSON after a comma. */
  readonly parts: readonly Buffer[];
}

function bodyOf(group: ApiGroup, version: string, listed: readonly ApiResource[], encoded: readonly Encoded[]): Body {
  if (encoded.length === 0) return resourceList(group, version, listed);
  const [head = "", tail = ""] = JSON.stringify(resourceList(group, version, [])).split("[]");
  const [first, ...others] = [entriesAfterCommas(listed), ...encoded.flatMap((list) => list.parts)].filter(
    ({ length }) => length > 0,
  );
  // A slice of a Buffer is not a copy.
  return [Buffer.from(`${head}[`), ...(first ? [first.subarray(1)] : []), ...others, Buffer.from(`]${tail}\n`)];
}

const encodedLists = new WeakMap<readonly unknown[], Promise<Encoded>>();

function encodedList<T>(metrics: readonly T[], entryOf: (metric: T) => ApiResource): Promise<Encoded> {
  const encoded = encodedLists.get(metrics) ?? encode(metrics, entryOf);
  encodedLists.set(metrics, encoded);
  return encoded;
}

async function encode<T>(metrics: readonly T[], entryOf: (metric: T) => ApiResource): Promise<Encoded> {
  const names = new Set<string>();
  const parts: Buffer[] = [];
  for (let start = 0; start < Math.min(metrics.length, MOST_LISTED); start += SLICE) {
    const entries = newEntries(metrics.slice(start, Math.min(start + SLICE, MOST_LISTED)), entryOf, names);
    parts.push(entriesAfterCommas(entries));
    await setImmediate();
  }
  return { names, parts };
}

/** The entries whose names are not known yet. Their names are then known. */
function newEntries<T>(metrics: readonly T[], entryOf: (metric: T) => ApiResource, known: Set<string>): ApiResource[] {
  return metrics.map(entryOf).filter(({ name }) => {
    const isNew = !known.has(name);
    known.add(name);
    return isNew;
  });
}

function entriesAfterCommas(entries: readonly ApiResource[]): Buffer {
  if (entries.length === 0) return Buffer.alloc(0);
  return Buffer.from(`,${escapeHtml(JSON.stringify(entries)).slice(1, -1)}`);
}
