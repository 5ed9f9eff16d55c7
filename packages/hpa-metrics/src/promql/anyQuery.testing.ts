import fc from "fast-check";
import { selector } from "../selector";

/** Label values that are hard to parse: quotes, backslashes, line ends, brackets, comments and non-Latin scripts. */
export const anyValue: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '"',
    "\\",
    "\n",
    "\r\n",
    "'",
    "`",
    "}",
    '"}',
    "#",
    "\\n",
    "é",
    "名",
    "\u2028",
    "\ufffd",
    "",
    "$1",
    "\0",
  ),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom('"', "\\", "n", "\n", "{", "}", "'", "#", " ") }),
);

const name = fc.stringMatching(/^[a-z_][a-z0-9_:]{0,8}$/).map((word) => `m_${word}`);
const label = fc.stringMatching(/^[a-z][a-z0-9_]{0,5}$/).filter((name) => !/_$|^(?:inf|nan|without)$/.test(name));
const duration = fc.constantFrom("1m", "5m", "1h30m", "30s", "90");
const gap = fc.constantFrom("", " ", "\n  ", "\t", ' # a comment, with ) and "\n');

const range = duration.map((text) => `[ ${text} # a comment\n]`);
const subquery = duration.map((text) => `[${text} : 1m ]`);

const matcher = fc.record({ label, operator: fc.constantFrom("=" as const, "!=" as const), value: anyValue });
const vectorSelector = fc
  .tuple(name, fc.array(matcher, { maxLength: 3 }))
  .map(([metric, all]) => selector(metric, all));

/** Joins the parts with arbitrary white space and comments between them. */
function spaced(...parts: readonly (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> {
  const all = parts.map((part) => fc.tuple(typeof part === "string" ? fc.constant(part) : part, gap));
  return fc.tuple(...all).map((pairs) => pairs.flat().join(""));
}

/** Valid PromQL queries whose type is allowed for a reading: a scalar or an instant vector. */
export const anyQuery: fc.Arbitrary<string> = fc.letrec<{ scalar: string; vector: string; either: string }>((tie) => ({
  scalar: fc.oneof(
    { maxDepth: 3, depthIdentifier: "q" },
    fc.constantFrom("1", "0.5", "2.", "1e3", "0X1_f", "5m", "Inf", "NaN", "time()", "pi()"),
    spaced("(", tie("scalar"), ")"),
    spaced("scalar", "(", tie("vector"), ")"),
    spaced(tie("scalar"), fc.constantFrom("+", "-", "*", "/", "%", "^", "> bool ", "== bool "), tie("scalar")),
  ),
  vector: fc.oneof(
    { maxDepth: 3, depthIdentifier: "q" },
    vectorSelector,
    spaced(vectorSelector, " offset ", duration),
    spaced(vectorSelector, " offset ", duration, " @ end()"),
    spaced(fc.constantFrom("rate", "increase", "max_over_time"), "(", spaced(vectorSelector), range, ")"),
    spaced("avg_over_time", "(", "(", tie("vector"), ")", subquery, ")"),
    spaced(tie("vector"), "+", vectorSelector, " offset ", duration),
    spaced(fc.constantFrom("sum", "max", "avg", "count"), "(", tie("vector"), ")"),
    spaced("sum ", "by", "(", label, ",", label, ")", "(", tie("vector"), ")"),
    spaced("topk", "(", tie("scalar"), ",", tie("vector"), ")"),
    spaced("histogram_quantile", "(", tie("scalar"), ",", tie("vector"), ")"),
    spaced("clamp_max", "(", tie("vector"), ",", tie("scalar"), ")"),
    spaced("label_replace", "(", tie("vector"), ',"a","$1","b",', "'(.*)'", ")"),
    spaced("vector", "(", tie("scalar"), ")"),
    spaced(
      tie("vector"),
      fc.constantFrom(" or ", " and ", " unless ", "+", "-", "/", ">", "== bool "),
      "(",
      tie("vector"),
      ")",
    ),
    spaced(
      "(",
      tie("vector"),
      ")",
      "*",
      "on",
      "(",
      label,
      ")",
      " group_left ",
      "(",
      label.map((name) => `${name}_`),
      ")",
      " (",
      tie("vector"),
      ")",
    ),
    spaced("-", "(", tie("vector"), ")"),
  ),
  either: fc.oneof(tie("scalar"), tie("vector")),
})).either;
