import fc from "fast-check";

/** Texts that a query can contain where its parser has a rule of its own. */
const SNIPPETS = [
  ..."()[]{},:=@+-*/%^<>#'\"`.\n\r\t ".split(""),
  ..."== != =~ !~ <= >= </ >/ and or unless atan2 bool on ignoring group_left group_right fill fill_left".split(" "),
  ..."by without offset anchored smoothed start end step range max_of min_of STEP() Max_Of(1m,2m) start() end()".split(
    " ",
  ),
  ..."sum avg topk(1, quantile rate( increase( max_over_time( abs( scalar( vector( info( time() label_replace( absent(".split(
    " ",
  ),
  ..."x x:y a.b.c é inf NaN -Inf 1 1. .5 1.5 1e3 1e 0x1f 0XFE 0x1_0 0755 1_000 1__0 5m 1h30m 5x 9e999 0 -5m".split(" "),
  ...['{a="b"}', '{"a.b"}', '{"a.b"="c"}', '{a=~".*"}', "{}", '{__name__="x"}', "{a.b='c'}", '{a:b="c"}'],
  ..."[5m] [5m:1m] [5m:] [1m*2] [-5m] [(5m)] [step()] [1m#c\n] [#c\n1m]".split(" "),
  ...[
    " offset 5m",
    " offset -5m",
    " offset (5m) + 2",
    " offset 0s",
    " offset -(1m)",
    " offset - -1m",
    " @ 1",
    " @ end()",
  ],
  ..."by(a) by(a:b) by(inf) by(without) without(by) on(a) ignoring(a,) group_left(b) group_left() by('a.b')".split(" "),
  ..."# comment\n|#\r|bool.5|> bool |fill(0)|x anchored[5m]|x[5m] smoothed|(x)|-x|- -1".split("|"),
];

const WORDS = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[\w.:]+|\s+|[<>=!]=|[=!]~|./gsu;

/** One change of a query. `at` and `from` are positions between 0 and 1. */
type Mutation = { kind: "insert"; text: string } | { kind: "delete" | "double" } | { kind: "replace"; text: string };

const mutation: fc.Arbitrary<Mutation & { at: number }> = fc
  .tuple(
    fc.constantFrom("insert" as const, "replace" as const, "replace" as const, "delete" as const, "double" as const),
    fc.constantFrom(...SNIPPETS),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  )
  .map(([kind, text, at]) => ({ kind, text, at }));

/** Queries that differ from one of the given queries in one to three words. Most of them are not valid. */
export function mutated(queries: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...queries), fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([query, mutations]) => mutations.reduce(mutate, query));
}

function mutate(query: string, change: Mutation & { at: number }): string {
  const words = query.match(WORDS) ?? [];
  const at = Math.floor(change.at * (words.length + 1));
  if (change.kind === "insert") words.splice(at, 0, change.text);
  else if (change.kind === "replace") words.splice(at, 1, change.text);
  else if (change.kind === "delete") words.splice(at, 1);
  else words.splice(at, 0, ...words.slice(at, at + 1));
  return words.join("");
}
