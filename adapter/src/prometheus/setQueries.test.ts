import { parseQuery } from "@asm-autoscaler/hpa-metrics";
import { expect, test } from "@jest/globals";
import type { Answer } from "./answer.ts";
import { noCounts } from "./batcherCounts.ts";
import type { Asked } from "./batches.ts";
import { createQueryBatcher } from "./queryBatcher.ts";

/** The query of an HPA on a Pods metric: the pods as prometheus-adapter writes them. */
function ofPods(namespace: string, pods: readonly string[]): Asked {
  const set = pods.length === 1 ? `pod="${pods[0]}"` : `pod=~"${pods.join("|")}"`;
  const parsed = parseQuery(`sum(rate(requests_total{namespace="${namespace}",${set}}[2m])) by (pod)`);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return { query: parsed.query, namespaces: [namespace] };
}

const podsOf = (workload: string, count: number) => Array.from({ length: count }, (_, index) => `${workload}-${index}`);

/** A batcher over a server in which every pod that a query names is in every namespace that it names. */
async function planned(isRight = true) {
  const asked: string[] = [];
  const server = {
    async query(text: string, evaluatedAt: number): Promise<Answer> {
      asked.push(text);
      const of = (label: string) => {
        const value = new RegExp(`${label}=~?"([^"]*)"`).exec(text)?.[1]?.replaceAll("\\\\", "");
        return value?.split("|") ?? [];
      };
      const isGrouped = text.startsWith("sum by(");
      const hasNamespaces = text.includes("by(pod,namespace)");
      const samples = of("namespace").flatMap((namespace) =>
        of("pod").map((pod) => ({
          labels: hasNamespaces ? { namespace, pod } : { pod },
          value: namespace.length * 100 + pod.length + (isGrouped && !isRight && pod === "wrong-1" ? 1 : 0),
        })),
      );
      return { ok: true, samples, evaluatedAt, evaluationMs: 1 };
    },
  };
  const batcher = createQueryBatcher(server, noCounts(), () => 0);
  const ask = async (queries: readonly Asked[]) => {
    asked.length = 0;
    const answers = await Promise.all(batcher.evaluate(queries, 0));
    await new Promise((resolve) => setImmediate(resolve));
    return answers.map((answer) => (answer.ok ? answer.samples.map(({ labels }) => labels) : answer.problem.code));
  };
  return { ask, asked };
}

test("HPAs of several namespaces with pods of their own are one request, and none gets the pod of another", async () => {
  const { ask, asked } = await planned();
  const queries = [ofPods("a", ["web-0", "web-1"]), ofPods("bb", ["web-1", "api-0"]), ofPods("ccc", ["web-0"])];
  // By namespace first, then with a spot check.
  await ask(queries);
  await ask(queries);
  expect(await ask(queries)).toEqual([
    [{ pod: "web-0" }, { pod: "web-1" }],
    [{ pod: "web-1" }, { pod: "api-0" }],
    [{ pod: "web-0" }],
  ]);
  expect(asked).toEqual([
    'sum by(pod,namespace)(rate(requests_total{namespace=~"a|bb|ccc",pod=~"web-0|web-1|api-0"}[2m]))',
  ]);
});

test("a request names at most 2,000 pods", async () => {
  const { ask, asked } = await planned();
  const queries = Array.from({ length: 150 }, (_, index) => ofPods("a", podsOf(`web-${index}`, 20)));
  await ask(queries);
  const answers = await ask(queries);
  expect(asked.map((text) => text.split("|").length)).toEqual([2_000, 1_000]);
  expect(answers.every((pods) => pods.length === 20)).toBe(true);
});

test("pods whose names need escapes do not make the requests of the others small", async () => {
  const { ask, asked } = await planned();
  const queries = Array.from({ length: 40 }, (_, index) => ofPods("a", podsOf(`web-${index}`, 20)));
  queries.splice(20, 0, ofPods("a", podsOf("x\\\\.y", 200)), ofPods("a", podsOf("z\\\\.y", 200)));
  await ask(queries);
  expect((await ask(queries)).map((pods) => pods.length)).toEqual([
    ...Array.from({ length: 20 }, () => 20),
    200,
    200,
    ...Array.from({ length: 20 }, () => 20),
  ]);
  expect(asked.map((text) => text.split("|").length)).toEqual([800, 200, 200]);
});

test("the spot check asks for an HPA with several pods, and finds a server that groups wrongly", async () => {
  const queries = [ofPods("a", ["web-0"]), ofPods("a", ["wrong-0", "wrong-1"])];
  const right = await planned();
  await right.ask(queries);
  expect(right.asked[1]).toContain("wrong-0|wrong-1");
  const wrong = await planned(false);
  await wrong.ask(queries);
  await wrong.ask(queries);
  expect(wrong.asked).toEqual(queries.map(({ query }) => query.text));
});

test("an HPA whose pods change stays in the request of all", async () => {
  const { ask, asked } = await planned();
  const others = [ofPods("bb", ["web-0", "web-1"]), ofPods("ccc", ["web-0", "web-1"])];
  const replicas = [2, 3, 8, 20, 5].map((count) => ofPods("a", podsOf("web", count)));
  const [first] = replicas as [Asked, ...Asked[]];
  await ask([first, ...others]);
  await ask([first, ...others]);
  for (const next of replicas) {
    await ask([next, ...others]);
    expect(asked).toHaveLength(1);
  }
});

test("an HPA with pods that no request had yet is first sent with its own namespace", async () => {
  const { ask, asked } = await planned();
  const others = [ofPods("bb", ["web-0", "web-1"]), ofPods("ccc", ["web-0", "web-1"])];
  await ask([ofPods("a", ["web-0", "web-1"]), ...others]);
  await ask([ofPods("a", ["web-0", "web-1"]), ...others]);
  await ask([ofPods("a", ["api-0", "api-1"]), ...others]);
  expect(asked).toHaveLength(2);
});
