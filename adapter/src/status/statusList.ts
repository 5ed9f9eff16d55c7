import type { MetricSpec, Problem } from "@asm-autoscaler/hpa-metrics";
import type { DelegateState } from "../delegates/delegate.ts";
import type { Delegates } from "../delegates/delegates.ts";
import type { HpaMetrics } from "../hpas/metricRegistry.ts";
import { createPauses } from "../kubernetes/pause.ts";
import { withoutSecrets } from "../kubernetes/secrets.ts";
import type { Rules } from "../rules/rules.ts";
import type { CaBundleContest } from "../serving/caBundleContest.ts";
import { GROUPS } from "../takeOver/apiGroups.ts";
import { type Summary, statusInList, statusOf, summaryOf } from "./hpaStatus.ts";
import type { Records } from "./records.ts";
import { rulesView } from "./rulesView.ts";
import type { ApiServiceView, DelegateView, HpaView, ProblemStatus, State, StatusList } from "./statusJson.ts";
import type { ApiServiceSources } from "./takeOverMetrics.ts";

/** The parameters of a list request. */
export interface ListRequest {
  /**
   * Search words. Each must occur in the HPA's name, namespace, target, state, problem codes, queries or delegates.
   * Not case-sensitive.
   */
  readonly search: string;
  readonly sort: Sort;
  readonly isDescending: boolean;
  /** Page number, from 1. */
  readonly page: number;
  readonly limit: number;
}

/** The sort orders. `attention`: HPAs that need attention first. `load`: current value relative to the target. */
type Sort = (typeof SORTS)[number];
const SORTS = ["attention", "name", "pods", "load"] as const;

/** The data sources of the list. */
export interface StatusSources {
  allHpaMetrics(): Iterable<HpaMetrics>;
  hpaMetrics(id: string): HpaMetrics | undefined;
  records: Pick<Records, "of" | "history">;
  /** The states of the delegates. By default there are none. */
  delegates?(): readonly DelegateState[];
  /** Who serves a metric that is not this adapter's. Undefined without delegates. */
  seen?: Delegates["seen"];
  /** How many periods of an anticipated load have history. By default, none was counted. */
  periodsWithHistory?(spec: MetricSpec): number | undefined;
  /** The state of the take-over, who removes the adapter's CA, and which API is missing. By default there is nothing to say. */
  takeOver?: ApiServiceSources["takeOver"];
  contests?: ReadonlyMap<string, Pick<CaBundleContest, "problem">>;
  missingApi?: ApiServiceSources["missingApi"];
  /** The rules of prometheus-adapter. Undefined without a file. */
  rules?: Pick<Rules, "seen" | "state"> | undefined;
  isSynced(): boolean;
  /** Returns the current time in Unix milliseconds. */
  now(): number;
}

/**
 * Returns one page of the matching HPAs. All HPAs are summarized, but only those of the page get a full status. With
 * many HPAs this takes some time, and it pauses regularly so that the event loop can handle other requests.
 */
export async function statusList(sources: StatusSources, request: ListRequest): Promise<StatusList> {
  const { allHpaMetrics, records, delegates = () => [], seen, isSynced, now } = sources;
  const inTurns = createPauses();
  const words = request.search.toLowerCase().split(/\s+/).filter(Boolean).slice(0, MOST_WORDS);
  const all: { state: State }[] = [];
  const found: Summary[] = [];
  for (const hpaMetrics of [...allHpaMetrics()]) {
    await inTurns();
    const record = records.of(hpaMetrics.hpa.id);
    if (!record) continue;
    const summary = summaryOf(hpaMetrics, record, now(), seen, sources.rules?.seen);
    all.push({ state: summary.state });
    if (words.length === 0 || holdsAll(summary, words)) found.push(summary);
  }
  const sign = request.isDescending ? -1 : 1;
  const keyOf = KEYS[request.sort];
  found.sort((a, b) => sign * compare(keyOf(a), keyOf(b)) || compare(a.hpaMetrics.hpa.id, b.hpaMetrics.hpa.id));
  const pages = Math.max(1, Math.ceil(found.length / request.limit));
  const page = Math.min(request.page, pages);
  const items: HpaView[] = [];
  for (const summary of found.slice((page - 1) * request.limit, page * request.limit)) {
    await inTurns();
    items.push(statusInList(summary, records.history, sources.periodsWithHistory));
  }
  const neighbours = delegates().map(delegateView);
  const apiServices = apiServiceViews(sources);
  return {
    isSynced: isSynced(),
    hpas: all.length,
    faulty: all.filter(({ state }) => state === "problem").length,
    matching: found.length,
    page,
    pages,
    items,
    ...(neighbours.length > 0 ? { delegates: neighbours } : {}),
    ...(apiServices.length > 0 ? { apiServices } : {}),
    ...(sources.rules ? { rules: rulesView(sources.rules.state(), now()) } : {}),
  };
}

/** Names each field, so that a new one of the state is not shown without a decision. */
function delegateView(state: DelegateState): DelegateView {
  const { name, service, circuit, isVerified, metrics, listReadAt, problems, lastProblem } = state;
  return {
    ...{ name, service, circuit, isVerified, metrics },
    ...(listReadAt === undefined ? {} : { listReadAt }),
    problems: problems.map(problemView),
    ...(lastProblem ? { lastProblem: { ...problemView(lastProblem.problem), at: lastProblem.at } } : {}),
  };
}

/** The groups of which there is something to say. */
function apiServiceViews({ takeOver, contests, missingApi }: StatusSources): ApiServiceView[] {
  const orders = takeOver?.() ?? [];
  return GROUPS.flatMap((group) => {
    const order = orders.find((one) => one.group === group);
    const contested = [...(contests ?? [])].map(([name, { problem }]) =>
      name.endsWith(`.${group}`) ? problem() : undefined,
    );
    const missing = group === "custom.metrics.k8s.io" ? missingApi?.problem() : undefined;
    const problems = [order?.problem, ...contested, missing].flatMap((found) => (found ? [problemView(found)] : []));
    if (!order) return problems.length > 0 ? [{ group, problems }] : [];
    const message = withoutSecrets(order.message).slice(0, MOST_ORDER);
    return [{ group, takeOver: { state: order.state, message }, problems }];
  });
}

function problemView({ code, severity, message, remedy }: Problem): ProblemStatus {
  return { code, severity, message: withoutSecrets(message).slice(0, MOST_MESSAGE), remedy };
}

/** Maximum length of a message. An error of a connection can repeat what the other side sent. */
const MOST_MESSAGE = 500;
/** Maximum length of what the order says. It can be a problem with its remedy, and another replica wrote it. */
const MOST_ORDER = 2_000;

/** Returns the status of one HPA (`namespace/name`), or undefined when it has no metric of this adapter. */
export function statusOfOne(
  { hpaMetrics, records, seen, now, periodsWithHistory, rules }: StatusSources,
  id: string,
): HpaView | undefined {
  const [asked, record] = [hpaMetrics(id), records.of(id)];
  return asked && record
    ? statusOf(summaryOf(asked, record, now(), seen, rules?.seen), records.history, periodsWithHistory)
    : undefined;
}

/** Maximum number of search words. Further words are ignored. */
const MOST_WORDS = 10;

/** Sort order of the states: `problem` first, then HPAs at their maximum. */
const RANKS: Readonly<Record<State, number>> = {
  problem: 0,
  maximum: 1,
  waiting: 2,
  paused: 3,
  growing: 5,
  shrinking: 6,
  steady: 7,
};
const WARNED = 4;

const KEYS: Readonly<Record<Sort, (summary: Summary) => number | string>> = {
  attention: ({ state, problems }) => (problems.length > 0 ? Math.min(WARNED, RANKS[state]) : RANKS[state]),
  name: ({ hpaMetrics }) => hpaMetrics.hpa.id,
  pods: ({ record }) => record.hpaStatus.currentReplicas ?? -1,
  load: ({ size }) => (size.decides === undefined ? -1 : (size.proposals[size.decides]?.ratio ?? -1)),
};

function compare<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function holdsAll({ hpaMetrics, record, neighbours, problems, state }: Summary, words: readonly string[]): boolean {
  const delegates = [...(neighbours?.values() ?? [])].flatMap(({ delegate }) => delegate ?? []);
  const texts = [hpaMetrics.hpa.id, record.hpaStatus.target, state, ...problems.map(({ code }) => code), ...delegates];
  const text = [...texts, ...hpaMetrics.specs.map(({ query }) => query.text)].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

const DEFAULT_LIMIT = 50;
const MOST_PAGE = 10_000;
const MOST_LIMIT = 200;

/** Parses the parameters of `/api/status`. Returns the first mistake as a sentence. Ignores unknown parameters. */
export function readRequest(parameters: URLSearchParams): ListRequest | { mistake: string } {
  const sort = SORTS.find((known) => known === (parameters.get("sort") ?? "attention"));
  if (!sort) return { mistake: `sort is one of ${SORTS.join(", ")}` };
  const order = parameters.get("order") ?? "asc";
  if (order !== "asc" && order !== "desc") return { mistake: "order is asc or desc" };
  const [page, limit] = [
    count(parameters.get("page"), 1, MOST_PAGE),
    count(parameters.get("limit"), DEFAULT_LIMIT, MOST_LIMIT),
  ];
  if (page === undefined || limit === undefined)
    return { mistake: `page is a whole number from 1 to ${MOST_PAGE}, and limit one from 1 to ${MOST_LIMIT}` };
  return { search: (parameters.get("search") ?? "").slice(0, 200), sort, isDescending: order === "desc", page, limit };
}

function count(text: string | null, otherwise: number, most: number): number | undefined {
  if (text === null) return otherwise;
  const number = Number(text);
  return /^\d{1,5}$/.test(text) && number >= 1 && number <= most ? number : undefined;
}
