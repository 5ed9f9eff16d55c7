import { randomUUID } from "node:crypto";
import { hpa, queryKey, type Wanted } from "../conformance/hpa.ts";
import type { Stage } from "../conformance/stage.ts";
import { until } from "../until.ts";
import type { Surface } from "./holds.ts";

/** The Kubernetes API takes so many bytes of annotations, and about so many of an object. */
const ANNOTATIONS = 256 * 1024 - 2_048;
const OBJECT = 1_400_000;
export const HOSTILE_NAMESPACE = "hostile";

/** An HPA's annotations and metrics. */
interface Shape {
  annotations?: Record<string, string>;
  metrics: Wanted[];
}

const named = (query: string, more: Record<string, string> = {}): Wanted => ({
  name: "prometheus-query",
  matchLabels: { "query-name": query, ...more },
});
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: Math.ceil(count) }, (_, index) => make(index));

/** HPAs that a user of one namespace may create, each at a size up to what the Kubernetes API takes. */
const SHAPES: readonly { name: string; from: number; to: number; make(size: number): Shape }[] = [
  {
    name: "one long query under many metrics",
    from: 100,
    to: 6_000,
    make: (count) => ({
      annotations: { [queryKey("q")]: plus(8_000) },
      metrics: times(count, (index) => named("q", { n: `${index}` })),
    }),
  },
  {
    name: "many plain metrics",
    from: 500,
    to: 8_000,
    make: (count) => ({ metrics: times(count, (index) => ({ name: `m${index}` })) }),
  },
  {
    name: "as many metrics as are served",
    from: 10,
    to: 100,
    make: (count) => ({
      annotations: Object.fromEntries(
        times(count, (index) => [queryKey(`q${index}`), `sum(rate(x{n="${index}"}[1m]))`]),
      ),
      metrics: times(count, (index) => named(`q${index}`)),
    }),
  },
  {
    name: "misspelt query names against many keys",
    from: 100,
    to: 3_000,
    make: (count) => ({
      annotations: Object.fromEntries(times(count, (index) => [queryKey(`${"n".repeat(50)}${index}a`), ""])),
      metrics: times(Math.min(count, 100), (index) => named(`${"n".repeat(50)}${index}b`)),
    }),
  },
  {
    name: "many metric names in keys",
    from: 100,
    to: 3_000,
    make: (count) => ({
      annotations: Object.fromEntries(
        times(count, (index) => [`metric-config.external.name${index}.prometheus/x`, ""]),
      ),
      metrics: times(100, (index) => ({ name: `names${index}`, matchLabels: { type: "prometheus" } })),
    }),
  },
  {
    name: "distinct long queries",
    from: 1,
    to: 32,
    make: (count) => ({
      annotations: Object.fromEntries(times(count, (index) => [queryKey(`q${index}`), `${balanced(8_000)}+${index}`])),
      metrics: times(count, (index) => named(`q${index}`)),
    }),
  },
  {
    name: "a long metric name",
    from: 1_000,
    to: OBJECT / 2,
    make: (size) => ({ metrics: [{ name: "m".repeat(size), matchLabels: { type: "prometheus" } }] }),
  },
  {
    name: "a selector of many labels",
    from: 100,
    to: 40_000,
    make: (count) => ({
      annotations: { [queryKey("q")]: "vector(1)" },
      metrics: [named("q", Object.fromEntries(times(count, (index) => [`label${index}`, "value"])))],
    }),
  },
  {
    name: "a selector of many expressions",
    from: 100,
    to: 15_000,
    make: (count) => ({
      annotations: { [queryKey("q")]: "vector(1)" },
      metrics: [
        { ...named("q"), matchExpressions: times(count, (index) => ({ key: `k${index}`, operator: "Exists" })) },
      ],
    }),
  },
  ...["interval", "aggregate", "on-no-data", "prometheus-server", "prometheus-server-alias", "query-name", "query"].map(
    (key) => ({
      name: `a long value of ${key}`,
      from: 1_000,
      to: ANNOTATIONS,
      make: (size: number) => ({
        annotations: { [queryKey("q")]: "vector(1)", [queryKey(key)]: "1m ".repeat(size / 3) },
        metrics: [named("q")],
      }),
    }),
  ),
  ...Object.entries(queries()).map(([name, make]) => ({
    name: `a query: ${name}`,
    from: 1_000,
    to: 64_000,
    make: (size: number) => ({ annotations: { [queryKey("q")]: make(size) }, metrics: [named("q")] }),
  })),
];

/** Queries of a size, by what there is much of in them. */
function queries(): Record<string, (size: number) => string> {
  const fill = (text: string, size: number) => text.repeat(Math.ceil(size / text.length));
  return {
    operators: plus,
    parentheses: balanced,
    "labels of by": (size) => `sum by (${fill("a,", size)}b) (x)`,
    matchers: (size) => `x{${fill('a="b",', size)}}`,
    "matchers of many labels": (size) => `x{${times(size / 14, (index) => `a${index}="b"`).join(",")}}`,
    "labels on both sides": (size) => {
      const matchers = times(size / 30, (index) => `a${index}="b"`).join(",");
      return `sum(x{${matchers}}) / sum(y{${matchers}})`;
    },
    "regular expressions": (size) => `x{a=~"${fill("(a|b)*", size)}"}`,
    escapes: (size) => `x{a="${fill("\\x41", size)}"}`,
    strings: (size) => `label_join(x,"a","b",${fill('"c",', size)}"d")`,
    "nested label_replace": (size) => {
      const depth = Math.min(98, Math.ceil(size / 40));
      return `${"label_replace(".repeat(depth)}x${`,"a","$1","b","(.*)")`.repeat(depth)}`;
    },
    comments: (size) => `${fill("#c\n", size)}x`,
    "unbalanced braces": (size) => `x{a="${fill("{", size)}"}`,
    "open braces": (size) => fill("{", size),
    "open quotes": (size) => `x{a=${fill('"', size)}`,
    backslashes: (size) => `x{a="${fill("\\", size)}`,
    "offsets in a row": (size) => `x${fill(" offset 5m", size)}`,
    signs: (size) => `${fill("-", size)}x`,
    words: (size) => fill("a ", size),
    "a misspelt function": (size) => `${"rat".repeat(size / 3)}(x)`,
    digits: (size) => fill("1", size),
    spaces: (size) => `sum(x)${fill(" ", size)}/${fill(" ", 3)}1000`,
  };
}

function plus(size: number): string {
  return `(${"a+".repeat(40)}a)+`.repeat(Math.max(1, Math.ceil(size / 84))).slice(0, -1);
}

function balanced(size: number): string {
  let text = "a";
  while (text.length < size / 2) text = `(${text}+${text})`;
  return text;
}

/** The shapes as surfaces: the HPA is created, waited for, looked at on the status page and deleted. */
export function hostileObjects(stage: Stage): Surface[] {
  return SHAPES.map(({ name, from, to, make }) => ({
    name: `an HPA: ${name}`,
    from,
    to,
    async send(size: number) {
      const id = `h-${randomUUID().slice(0, 8)}`;
      const { annotations = {}, metrics } = make(size);
      const made = await createHpa(stage, hpa(id, metrics, { namespace: HOSTILE_NAMESPACE, annotations }));
      // At this size the API server itself says no.
      if (!made) return;
      await until(
        `${id} to be read`,
        async () => stage.adapter.output().includes(`"hpa":"${HOSTILE_NAMESPACE}/${id}"`),
        120,
      );
      const { address } = stage.adapter;
      for (const path of ["/api/status", `/api/status/${HOSTILE_NAMESPACE}/${id}`, "/api/status?search=x&limit=200"])
        await (await fetch(`http://${address}:8090${path}`)).text();
      await (await fetch(stage.adapter.metricsUrl)).text();
      await deleteHpa(stage, id);
    },
  }));
}

const path = (namespace: string, name = "") =>
  `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers${name === "" ? "" : `/${name}`}`;

/** Creates an HPA; false where the API server finds it too large. */
export async function createHpa({ plane }: Stage, object: object, namespace = HOSTILE_NAMESPACE): Promise<boolean> {
  const response = await plane.kubernetes.request(path(namespace), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(object),
  });
  const text = await response.text();
  if (response.status < 300) return true;
  if ([413, 422, 500].includes(response.status) && /too l|limit|Too long/i.test(text)) return false;
  throw new Error(`HTTP ${response.status}: ${text.slice(0, 500)}`);
}

export async function deleteHpa({ plane }: Stage, name: string, namespace = HOSTILE_NAMESPACE): Promise<void> {
  await (await plane.kubernetes.request(path(namespace, name), { method: "DELETE" })).text();
}

/** The largest HPA of each shape, for tests of many at a time. */
export function largestHpas(): { name: string; object: object }[] {
  return SHAPES.map(({ to, make }, index) => {
    const { annotations = {}, metrics } = make(to / 2);
    return {
      name: `large-${index}`,
      object: hpa(`large-${index}`, metrics, { namespace: HOSTILE_NAMESPACE, annotations }),
    };
  });
}
