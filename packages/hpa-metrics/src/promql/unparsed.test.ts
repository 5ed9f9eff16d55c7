import { expect, test } from "@jest/globals";
import { boundQuery } from "./bound";
import { queryCost } from "./cost";
import { canonicalQuery, parseQuery, type Query, type QueryResult, skeletonOf, unparsedQuery } from "./query";
import { templateInstanceOf } from "./queryTemplate";
import { selectorsOf } from "./selectors";

function queryOf(result: QueryResult): Query {
  if (!result.ok) throw new Error(result.problem.message);
  return result.query;
}

test("an unparsed query is never grouped, bound or costed, even if it is PromQL", () => {
  for (const text of ['sum(rate(x{a="b"}[1m]))', "keep_last_value(x{", "x default 0"]) {
    const query = queryOf(unparsedQuery(text));
    expect(query.text).toBe(text);
    expect(templateInstanceOf(query)).toBeUndefined();
    expect(boundQuery(query, "ns", "shop")).toMatchObject({ ok: false });
    expect(queryCost(query)).toBe(Number.POSITIVE_INFINITY);
    expect(selectorsOf(query)).toEqual([]);
    expect(skeletonOf(query)).toBe("");
  }
});

test("an unparsed query does not share an evaluation with a parsed one, nor with one of other white space", () => {
  const canonical = [parseQuery("x + y"), unparsedQuery("x + y"), unparsedQuery("x  +  y")].map((result) =>
    canonicalQuery(queryOf(result)),
  );
  expect(new Set(canonical).size).toBe(3);
});
