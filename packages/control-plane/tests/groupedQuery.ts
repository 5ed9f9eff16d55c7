import fc from "fast-check";

/**
 * Queries about the series of `groupedSeries`, of forms that can be grouped and of forms that cannot. `$` stands for the
 * matchers of a member: those of `membersMatchers`, and one (`c`) that all have.
 */
const name = fc.constantFrom("load_total", "size_bytes");
const condition = fc.constantFrom("", "", ',code="200"', ',code=~"5.."', ',code!="200"');
const offset = fc.constantFrom("", "", "", " offset 3s", " @ end()");
const labels = fc.subarray(["w", "n", "c", "pod", "code"]).map((some) => some.join(","));
const selection = fc.tuple(name, condition).map(([metric, more]) => `${metric}{$${more}}`);

export const groupedQuery: fc.Arbitrary<string> = fc.letrec<{ vector: string }>((tie) => ({
  vector: fc.oneof(
    { maxDepth: 3, depthIdentifier: "grouped", withCrossShrink: true },
    fc.tuple(selection, offset).map((parts) => parts.join("")),
    fc
      .tuple(fc.constantFrom("rate", "increase", "irate", "max_over_time", "avg_over_time", "delta"), selection, offset)
      .map(([call, of, at]) => `${call}(${of}[6s]${at})`),
    fc
      .tuple(fc.constantFrom("sum", "min", "max", "avg", "count", "stddev", "quantile"), tie("vector"))
      .map(([call, of]) => (call === "quantile" ? `quantile(0.5, ${of})` : `${call}(${of})`)),
    fc
      .tuple(fc.constantFrom("sum", "max", "avg"), fc.constantFrom("by", "without"), labels, tie("vector"))
      .map(([call, how, of, vector]) => `${call} ${how} (${of}) (${vector})`),
    fc
      .tuple(
        tie("vector"),
        fc.constantFrom("/", "+", "> ", "== bool ", "or ", "and ", "unless "),
        modifier(),
        tie("vector"),
      )
      .map(([left, operator, how, right]) => `(${left}) ${operator}${how}(${right})`),
    fc.tuple(tie("vector"), selection, offset).map(([left, right, at]) => `(${left}) - ${right}${at}`),
    tie("vector").map((vector) => `clamp_min(-(${vector}) + 2, 0)`),
    tie("vector").map((vector) => `max_over_time((${vector})[4s:1s])`),
    tie("vector").map((vector) => `(${vector}) > 3`),
    tie("vector").map((vector) => `label_replace(${vector}, "part", "1", "", "")`),
    fc
      .tuple(tie("vector"), tie("vector"))
      .map((both) => both.map((vector, part) => `label_replace(${vector}, "part", "${part}", "", "")`))
      .map((both) => `quantile(0.5, ${both.join(" or ")})`),
    fc.constantFrom("pod", "n").map((of) => `histogram_quantile(0.9, sum by (le, ${of}) (rate(took_bucket{$}[6s])))`),
    fc.constant("sum(rate(took_sum{$}[6s])) / sum(rate(took_count{$}[6s]))"),
    fc
      .tuple(fc.constantFrom("and", "unless", "or"), fc.constantFrom("on (w, n, pod)", "on (w, n)", "ignoring (pod)"))
      .map((how) => `sum by (w, n, pod) (load_total{$}) ${how.join(" ")} sum by (w, n, pod) (size_bytes{$} > 0)`),
    fc
      .constantFrom("", "w, ")
      .map((more) => `sum(rate(load_total{$}[6s])) by (${more}pod) / sum(size_bytes{$}) by (${more}pod)`),
    fc.constantFrom(
      "topk(1, load_total{$})",
      "absent(load_total{$})",
      "load_total{$} * on (pod) group_left size_bytes{$}",
    ),
    tie("vector").map((vector) => `sum(${vector}) or vector(0)`),
  ),
})).vector;

function modifier(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant("") },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom("on", "ignoring"), labels).map(([how, of]) => `${how} (${of}) `) },
  );
}

/** Values of the labels that tell members apart: names, and what has broken escaping before. */
const MEMBERS: readonly { w: string; n: string }[] = [
  { w: "web", n: "shop" },
  { w: "web", n: "team.a" },
  { w: "a|b", n: "shop" },
  { w: 'q"uo\\te', n: "名.*" },
  { w: "(x)^$", n: "shop" },
  { w: "nobody", n: "shop" },
];

/** The matchers of each member: of a workload, or of a set of them, and perhaps of a set of pods. */
export const membersMatchers: fc.Arbitrary<string[]> = fc
  .record({
    hasWorkloads: fc.boolean(),
    hasPods: fc.boolean(),
    workloads: fc.array(fc.subarray(MEMBERS.map(({ w }) => w)), {
      minLength: MEMBERS.length,
      maxLength: MEMBERS.length,
    }),
    pods: fc.array(fc.shuffledSubarray(["p1", "p2", "p.3", "p"], { minLength: 1 }), {
      minLength: MEMBERS.length,
      maxLength: MEMBERS.length,
    }),
  })
  .map(({ hasWorkloads, hasPods, workloads, pods }) =>
    MEMBERS.map(({ w, n }, index) =>
      [
        setMatcher("w", [w, ...(hasWorkloads ? (workloads[index] ?? []) : [])]),
        setMatcher("n", [n]),
        ...(hasPods ? [setMatcher("pod", pods[index] ?? [])] : []),
      ].join(","),
    ),
  );

function setMatcher(label: string, values: readonly string[]): string {
  const escaped = values.map((value) => value.replace(/[\\.+*?()|[\]{}^$"]/g, "\\$&"));
  return values.length === 1
    ? `${label}=${JSON.stringify(values[0])}`
    : `${label}=~${JSON.stringify(escaped.join("|"))}`;
}

/** Metrics of all members but the last after so many seconds: counters that grow, one that begins anew every 11 s, gauges, a histogram. */
export function groupedSeries(seconds: number): string {
  return MEMBERS.slice(0, -1)
    .flatMap(({ w, n }, index) =>
      ["p1", "p2"].flatMap((pod, replica) => {
        const of = `w=${JSON.stringify(w)},n=${JSON.stringify(n)},c="all",pod=${JSON.stringify(pod)}`;
        const rate = 1.7 + index + 3 * replica;
        const requests = rate * (index === 1 ? seconds % 11 : seconds);
        return [
          ...["200", "404", "503"].map((code, kind) => `load_total{${of},code="${code}"} ${requests * (kind + 1)}`),
          // Not every pod has one, so that sides of an operator differ.
          ...(replica === 0 || index < 2 ? [`size_bytes{${of},code="200"} ${Math.sin(seconds + index) * 7}`] : []),
          ...["1", "5", "+Inf"].map((le, bucket) => `took_bucket{${of},le="${le}"} ${requests * (bucket + 1)}`),
          `took_count{${of}} ${requests * 3}`,
          `took_sum{${of}} ${requests * 7.3}`,
        ];
      }),
    )
    .map((line) => `${line}\n`)
    .join("");
}
