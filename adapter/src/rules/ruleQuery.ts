import {
  MOST_QUERY_CHARACTERS,
  type Problem,
  parseQuery,
  problem,
  type Query,
  type RuleQuery,
  unparsedQuery,
} from "@asm-autoscaler/hpa-metrics";

/** Maximum length of a query, in characters. It has the name of each object. */
const MOST_CHARACTERS = 512 * 1024;

/**
 * The query of a rule. A text that cannot be parsed here, or that is too long for that, is sent as it is, and Prometheus
 * decides. Such a query is not sent together with others.
 */
export function queryOf(built: RuleQuery): { readonly query: Query } | { readonly problem: Problem } {
  if (!built.ok) return { problem: built.problem };
  const { text } = built;
  const parsed = text.length <= MOST_QUERY_CHARACTERS ? parseQuery(text) : undefined;
  const result = parsed?.ok ? parsed : unparsedQuery(text, MOST_CHARACTERS);
  if (result.ok) return { query: result.query };
  return { problem: problem("ASM_RULE_QUERY", `the query of the rule cannot be sent: ${result.problem.message}`) };
}
