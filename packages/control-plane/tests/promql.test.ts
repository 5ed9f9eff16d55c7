import { boundQuery, groupOf, parseQuery, type Query, templateInstanceOf } from "@asm-autoscaler/hpa-metrics";
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { mutated } from "./promqlMutations.ts";
import { type PromqlOracle, shapeOf, startPromqlOracle, type Verdict, type Verdicts } from "./promqlOracle.ts";

// Our PromQL parser is compared with the parser of Prometheus, over the queries of Prometheus's own tests and over
// changed copies of them. See docs/decisions/0023-own-promql-parser.md.

let oracle: PromqlOracle;
let corpus: string[];
let all: { text: string; verdicts: Verdicts }[];

const GENERATED = Number(process.env["PROMQL_GENERATED"] ?? 30_000);

beforeAll(async () => {
  oracle = await startPromqlOracle();
  corpus = await oracle.corpus();
  const short = corpus.filter((query) => query.length < 500);
  const texts = [...corpus, ...fc.sample(mutated(short), GENERATED)].map((text) => text.trim());
  const verdicts = await oracle.parse(texts);
  all = texts.flatMap((text, index) => {
    const found = verdicts[index];
    return found && /\S/.test(text) ? [{ text, verdicts: found }] : [];
  });
}, 600_000);

const isReading = ({ type }: Verdict) => type === "scalar" || type === "vector";
const isAccepted = ({ plain, utf8 }: Verdicts) => isReading(plain) || isReading(utf8);

/**
 * Queries that Prometheus accepts and that are rejected here: a keyword with a number directly after it, which a server
 * with promql-unquoted-utf8-names reads as a metric name.
 */
const REJECTED_ON_PURPOSE = /write a space after/;
/** Errors of Prometheus that only RE2 can find. */
const LEFT_TO_PROMETHEUS = /error parsing regexp|at least one non-empty matcher|value out of range/;

/**
 * Whether a query needs two settings of a server that exclude each other: metric names with unquoted dots
 * (promql-unquoted-utf8-names), and labels with a colon, which are labels only without them. It is accepted here, because
 * the server of an HPA is not known. Every server rejects it, and the HPA then keeps its size.
 */
function isForNoServer({ text, verdicts }: { text: string; verdicts: Verdicts }): boolean {
  const hasColonLabel = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\w:/i.test(text);
  return hasColonLabel && /unexpected character: '\.'/.test(verdicts.plain.error ?? "");
}

function accepted(): { query: Query; verdicts: Verdicts }[] {
  return all.flatMap(({ text, verdicts }) => {
    const parsed = parseQuery(text);
    return parsed.ok && isAccepted(verdicts) ? [{ query: parsed.query, verdicts }] : [];
  });
}

test("the corpus has the queries of Prometheus's tests, and changed copies cover both verdicts", () => {
  expect(corpus.length).toBeGreaterThan(2_500);
  const valid = all.slice(corpus.length).filter(({ verdicts }) => isAccepted(verdicts)).length;
  expect(valid).toBeGreaterThan(GENERATED / 20);
  expect(valid).toBeLessThan(GENERATED * 0.8);
  process.stdout.write(
    `PromQL: ${corpus.length} queries of Prometheus, ${GENERATED} generated, ${valid} of them valid\n`,
  );
});

test("no query that Prometheus accepts is rejected", () => {
  const rejected = all.flatMap(({ text, verdicts }) => {
    if (!isAccepted(verdicts)) return [];
    const parsed = parseQuery(text);
    return parsed.ok || REJECTED_ON_PURPOSE.test(parsed.problem.message) ? [] : [{ text, ...parsed.problem }];
  });
  expect(rejected).toEqual([]);
});

test("no query that Prometheus rejects is accepted, except for errors that only RE2 can find", () => {
  const wrong = all.filter(({ text, verdicts }) => {
    const { error = "" } = verdicts.plain;
    return (
      !isForNoServer({ text, verdicts }) &&
      !isAccepted(verdicts) &&
      !LEFT_TO_PROMETHEUS.test(error) &&
      parseQuery(text).ok
    );
  });
  expect(wrong.map(({ text, verdicts }) => ({ text, error: verdicts.plain.error ?? verdicts.plain.type }))).toEqual([]);
});

test("every operator, function and modifier binds to what it binds to in Prometheus", () => {
  const different = accepted().flatMap(({ query, verdicts }) => {
    const ours = shapeOf(query);
    const theirs = [verdicts.plain, verdicts.utf8].flatMap(({ shape }) => shape ?? []);
    return theirs.every((shape) => shape === ours) ? [] : [{ text: query.text, ours, theirs }];
  });
  expect(different).toEqual([]);
});

describe("a rewritten query", () => {
  /** Checks that both configurations of Prometheus that accepted the query accept the rewritten one, in this form. */
  async function check(
    rewritten: readonly { text: string; from: string; verdicts: Verdicts }[],
    isBound: (selector: readonly (readonly [string, string, string])[]) => boolean,
  ) {
    const found = await oracle.parse(rewritten.map(({ text }) => text));
    return rewritten.flatMap(({ text, from, verdicts }, index) => {
      const wrong = (["plain", "utf8"] as const).some((name) => {
        const { error, selectors = [] } = found[index]?.[name] ?? {};
        return isReading(verdicts[name]) ? error !== undefined || !selectors.every(isBound) : false;
      });
      return wrong ? [{ from, text, found: found[index] }] : [];
    });
  }

  test("for one tenant is valid, and every selector in it is bound to the tenant", async () => {
    const bound = accepted().flatMap(({ query, verdicts }) => {
      const result = boundQuery(query, "_tenant", "shop");
      return result.ok ? [{ text: result.query.text, from: query.text, verdicts }] : [];
    });
    expect(bound.length).toBeGreaterThan(2_000);
    const isBound = (selector: readonly (readonly [string, string, string])[]) =>
      selector.some(([label, operator, value]) => label === "_tenant" && operator === "=" && value === "shop");
    expect(await check(bound, isBound)).toEqual([]);
  }, 120_000);

  test("for a group is valid, and every selector in it reads only the series of the group", async () => {
    const grouped = accepted().flatMap(({ query, verdicts }) => {
      const instances = ["shop", "pay"].flatMap((value) => {
        const result = boundQuery(query, "_tenant", value);
        return (result.ok && templateInstanceOf(result.query)) || [];
      });
      if (instances.length < 2) return [];
      return [{ text: groupOf(instances).text, from: query.text, verdicts }];
    });
    expect(grouped.length).toBeGreaterThan(1_000);
    const isBound = (selector: readonly (readonly [string, string, string])[]) =>
      selector.some(([label, operator, value]) => label === "_tenant" && operator === "=~" && value === "shop|pay");
    expect(await check(grouped, isBound)).toEqual([]);
  }, 120_000);
});
