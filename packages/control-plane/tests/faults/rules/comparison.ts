import type { RuleAdapter } from "./adapters.ts";
import { type Answer, answerOf, areSame } from "./answers.ts";
import { DIFFERENCES, type Difference, type Listed, type Pair } from "./differences.ts";
import { isGroup, meaningOf } from "./meaning.ts";
import type { RecordingPrometheus } from "./recordingPrometheus.ts";
import type { ReadRequest } from "./requests.ts";

const CUSTOM = "/apis/custom.metrics.k8s.io";
const EXTERNAL = "/apis/external.metrics.k8s.io";

/** Both adapters with one configuration. */
export interface Both {
  readonly original: RuleAdapter;
  readonly ours: RuleAdapter;
}

/** What was compared. */
export interface Comparison {
  readonly answers: number;
  /** How many answers each listed difference explains, by its case. */
  readonly explained: ReadonlyMap<string, number>;
  /** What no listed difference explains. */
  readonly unexplained: readonly string[];
}

/** What an adapter lists, in order. Each entry says whether its objects are in namespaces. */
export async function listOf(adapter: RuleAdapter): Promise<Listed> {
  const names = async (path: string) => {
    const { status, body } = await adapter.get(path);
    if (status !== 200) return [];
    const { resources } = JSON.parse(body) as { resources: readonly { name: string; namespaced: boolean }[] | null };
    return (resources ?? []).map(({ name, namespaced }) => `${name}${namespaced ? "" : " (no namespace)"}`).sort();
  };
  const [one, other] = [await names(`${CUSTOM}/v1beta1`), await names(`${CUSTOM}/v1beta2`)];
  if (one.join() !== other.join()) throw new Error(`v1beta1 and v1beta2 list other metrics: ${one}; ${other}`);
  return { custom: one, external: await names(`${EXTERNAL}/v1beta1`) };
}

/** Sends each request to both adapters, in both versions of the custom metrics API, and compares answers and queries. */
export async function compare(
  { original, ours }: Both,
  requests: readonly ReadRequest[],
  recording: RecordingPrometheus,
): Promise<Comparison> {
  const explained = new Map<string, number>();
  const unexplained: string[] = [];
  const meanings = { original: new Map<string, string>(), ours: new Map<string, string>() };
  const note = (differences: readonly string[]) => {
    for (const name of differences) explained.set(name, (explained.get(name) ?? 0) + 1);
  };
  for (const path of requests.flatMap(pathsOf)) {
    const [first, second] = await Promise.all([original.get(path), ours.get(path)]);
    const queries = { original: recording.takeQueries("original"), ours: recording.takeQueries("ours") };
    const pair: Pair = { path, original: answerOf(first), ours: answerOf(second) };
    const found = explain(pair);
    if (found === undefined)
      unexplained.push(JSON.stringify({ path, original: short(pair.original), ours: short(pair.ours), queries }));
    else note(found.map(({ of }) => of));
    if (found?.some(({ hasOwnQueries }) => hasOwnQueries)) continue;
    for (const adapter of ["original", "ours"] as const)
      for (const query of queries[adapter]) meanings[adapter].set(meaningOf(query), `${path}: ${query}`);
  }
  // A query of ours can be sent for an earlier or a later read: its result serves all reads of one evaluation time. What is
  // read soon is sent ahead, as one query for several reads.
  for (const [meaning, query] of meanings.original)
    if (!meanings.ours.has(meaning)) unexplained.push(`sent by the original only: ${query}`);
  for (const [meaning, query] of meanings.ours)
    if (!meanings.original.has(meaning) && !isGroup(meaning, [...meanings.original.keys()]))
      unexplained.push(`sent by ours only: ${query}`);
  return { answers: requests.flatMap(pathsOf).length, explained, unexplained };
}

function pathsOf({ api, path }: ReadRequest): string[] {
  if (api === "external") return [`${EXTERNAL}/v1beta1/${path}`];
  return ["v1beta1", "v1beta2"].map((version) => `${CUSTOM}/${version}/${path}`);
}

/** The listed differences that explain a pair of answers: none if they are the same, undefined if nothing explains them. */
function explain(pair: Pair): readonly Difference[] | undefined {
  const rewriting = DIFFERENCES.filter(
    ({ rewrite }) => rewrite !== undefined && rewritten(pair.original, rewrite).isOther,
  );
  const original = rewriting.reduce((answer, { rewrite = String }) => rewritten(answer, rewrite).answer, pair.original);
  const own = DIFFERENCES.filter(({ hasOwnQueries, explains }) => hasOwnQueries && explains?.({ ...pair, original }));
  if (areSame(original, pair.ours)) return [...rewriting, ...own];
  const whole = DIFFERENCES.find(({ explains }) => explains?.({ ...pair, original }));
  return whole && [...rewriting, whole];
}

function rewritten(answer: Answer, rewrite: (about: string) => string): { answer: Answer; isOther: boolean } {
  const items = answer.items?.map((item) => ({ ...item, about: rewrite(item.about) }));
  const isOther = items?.some(({ about }, index) => about !== answer.items?.[index]?.about) ?? false;
  return { answer: items ? { ...answer, items } : answer, isOther };
}

function short({ message, ...answer }: Answer): object {
  return message === undefined ? answer : { ...answer, message: message.slice(0, 300) };
}
