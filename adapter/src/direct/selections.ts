import { REQUESTS, statOf } from "./seriesNames.ts";

/** The series of a proxy that somebody reads. */
export interface WantedSeries {
  /** The value of their label `reporter`. */
  readonly reporter: string;
  /** The domain of the Services that they go to, such as `.shop.svc.cluster.local`. Absent: all Services. */
  readonly domain?: string;
  /** The namespace of the workloads that they go to, if there is no domain. Absent: all namespaces. */
  readonly namespace?: string;
}

/** A part of a proxy's answer that can be asked for alone: a metric by its name inside Envoy, and a domain. */
export interface Selection {
  readonly stat: string;
  readonly domain: string | undefined;
}

/** The domain of a Service's host with a dot before it, such as `.shop.svc.cluster.local`. Undefined if it has none. */
export function domainOf(host: string | undefined): string | undefined {
  return /^[a-z0-9-]{1,63}(\.[a-z0-9.-]{1,253})$/i.exec(host ?? "")?.[1];
}

/** What these metrics need. */
export function selectionsOf(metrics: readonly string[], { domain }: WantedSeries): Selection[] {
  return [...new Set(metrics.map(statOf))].map((stat) => ({ stat, domain }));
}

/** Identifies a selection. */
export function keyOf({ stat, domain = "" }: Selection): string {
  return `${stat} ${domain}`;
}

/** Bytes that an answer is expected to have at most. It may have twice as many. */
const MOST_EXPECTED = 1024 * 1024;
/** Maximum length of the domains in one filter, in characters. The path is then shorter than 12,000. */
const MOST_DOMAINS = 4_000;

/**
 * The requests that give these selections: one, unless the answer would be too large or the filter too long. A domain
 * is part of the answer for all domains, unless that is too large.
 *
 * @param sizeOf bytes of a selection, as far as they are known
 */
export function requestsOf(wanted: readonly Selection[], sizeOf: (one: Selection) => number): Selection[][] {
  const unique = [...new Map(wanted.map((one) => [keyOf(one), one])).values()];
  const whole = new Set(
    unique.flatMap((one) => (one.domain === undefined && sizeOf(one) <= MOST_EXPECTED ? one.stat : [])),
  );
  const needed = unique.filter(({ stat, domain }) => domain === undefined || !whole.has(stat));
  const requests: Selection[][] = [];
  let [bytes, characters] = [0, 0];
  // So the small ones stay together, and a large one is alone. The requests are read even if there are no bytes left.
  const order = (one: Selection) => (one.stat === REQUESTS ? 0 : 1);
  for (const one of needed.sort((a, b) => sizeOf(a) - sizeOf(b) || order(a) - order(b))) {
    const length = one.domain?.length ?? 0;
    [bytes, characters] = [bytes + sizeOf(one), characters + length];
    const last = requests.at(-1);
    if (last && bytes <= MOST_EXPECTED && characters <= MOST_DOMAINS) last.push(one);
    else {
      requests.push([one]);
      [bytes, characters] = [sizeOf(one), length];
    }
  }
  return requests;
}

type Sizes = readonly { readonly selection: Selection; readonly bytes: number }[];

/** The part of a request that has most of the bytes of its answer. Undefined if none has. */
function largestOf(selections: readonly Selection[], sizes: Sizes): Selection | undefined {
  const [largest] = sizes.toSorted((a, b) => b.bytes - a.bytes);
  const sum = sizes.reduce((all, { bytes }) => all + bytes, 0);
  if (!largest || largest.bytes <= sum / 2) return undefined;
  return selections.find((one) => keyOf(one) === keyOf(largest.selection));
}

/**
 * The two requests that replace one whose answer was too large. A part that has most of the bytes is alone.
 *
 * @param sizes bytes of each part that were read
 */
export function halvesOf(selections: readonly Selection[], sizes: Sizes): Selection[][] {
  const largest = largestOf(selections, sizes);
  const half = Math.ceil(selections.length / 2);
  return largest
    ? [selections.filter((one) => one !== largest), [largest]]
    : [selections.slice(0, half), selections.slice(half)];
}

/**
 * The parts of a request to ask for alone after its answer could not be read: the one that has most of the bytes. If
 * none has, all parts that are not of one domain, because they are few.
 *
 * @param sizes bytes of each part that were read
 */
export function suspectsIn(selections: readonly Selection[], sizes: Sizes): readonly Selection[] {
  const largest = largestOf(selections, sizes);
  return largest ? [largest] : selections.filter(({ domain }) => domain === undefined);
}

/**
 * The path of a request for some selections. `filter` is a regular expression for a part of Envoy's internal names,
 * which old and new Istio write in different orders. So it has no anchors, and the answer is filtered again.
 * https://www.envoyproxy.io/docs/envoy/latest/operations/admin#get--stats-prometheus
 *
 * Without `usedonly`: Envoy's eviction marks a living counter as unused for one interval, and a counter that is hidden
 * and comes back would look like a new one with all its old requests.
 */
export function pathOf(selections: readonly Selection[]): string {
  const domains = Map.groupBy(selections, ({ domain }) => domain);
  const whole = (domains.get(undefined) ?? []).map(({ stat }) => stat).sort();
  domains.delete(undefined);
  const byStats = Map.groupBy(domains, ([, own]) =>
    own
      .map(({ stat }) => stat)
      .sort()
      .join("|"),
  );
  const parts = Array.from(byStats, ([stats, entries]) => {
    const hosts = patternOf(entries.flatMap(([domain]) => domain ?? []));
    // New Istio writes the metric before the labels, and old Istio behind them.
    return `(${stats}).*(${hosts})|(${hosts}).*(${stats})`;
  });
  return `/stats/prometheus?filter=${encodeURIComponent([...whole, ...parts].join("|"))}`;
}

/** A pattern for domains. Most differ only in the namespace, which is their first part. */
function patternOf(domains: readonly string[]): string {
  const escaped = (text: string) => text.replace(/[^a-zA-Z0-9-]/g, "\\$&");
  const parts = domains.map((domain) => {
    const end = domain.indexOf(".", 1);
    return end < 0 ? { first: domain.slice(1), rest: "" } : { first: domain.slice(1, end), rest: domain.slice(end) };
  });
  const byRest = Map.groupBy(parts, ({ rest }) => rest);
  return Array.from(byRest, ([rest, own]) => {
    const names = own.map(({ first }) => escaped(first)).sort();
    return `\\.(${names.join("|")})${escaped(rest)}`;
  }).join("|");
}
