import { type Problem, problem } from "../problem";
import { goQuoted } from "./goQuoted";
import { isObjectName, isPrometheusLabel, type MatchersResult, matchersOf } from "./matchers";
import { NAMESPACES, type Resources } from "./resources";
import { parseTemplate, type Template } from "./template/template";
import type { ClusterResource, CustomTarget, ExternalTarget, FindResource, RuleQuery } from "./types";

/** The names that `metricsQuery` can use. */
const FIELDS = ["Series", "LabelMatchers", "LabelValuesByName", "GroupBy", "GroupBySlice"];

/** The queries of a rule. */
interface Queries {
  custom(series: string, target: CustomTarget, find: FindResource): RuleQuery;
  external(series: string, target: ExternalTarget, find: FindResource): RuleQuery;
}

/** The queries of a rule, or the end of a sentence that says why its template is not valid. */
export type QueriesResult =
  | { readonly ok: true; readonly queries: Queries }
  | { readonly ok: false; readonly why: string };

/**
 * Compiles the template for queries.
 * Source: pkg/naming/metrics_query.go of prometheus-adapter v0.12.0.
 *
 * @param place The rule, for problems.
 * @param isNamespaced Whether the query for an external metric has the namespace of the request.
 */
export function compileQueries(
  metricsQuery: string,
  place: string,
  resources: Resources,
  isNamespaced: boolean,
): QueriesResult {
  const parsed = parseTemplate(metricsQuery, FIELDS);
  if (!parsed.ok) return { ok: false, why: `metricsQuery is not supported: ${parsed.why}` };
  const { template } = parsed;
  return {
    ok: true,
    queries: {
      custom: (series, target, find) => {
        const matchers = new MatcherList(place, resources, find, matchersOf(target.selector, place));
        if (target.namespace !== "") matchers.add(NAMESPACES, [target.namespace]);
        const label = matchers.add(target.resource, target.names);
        return matchers.query(template, series, label === undefined ? [] : [label]);
      },
      external: (series, target, find) => {
        const matchers = new MatcherList(place, resources, find, matchersOf(target.selector, place));
        if (isNamespaced && target.namespace !== "") matchers.add(NAMESPACES, [target.namespace]);
        return matchers.query(template, series, []);
      },
    },
  };
}

/** The matchers of one query in their order, or the first problem with them. */
class MatcherList {
  private readonly texts: string[] = [];
  private readonly values = new Map<string, string>();
  private problem: Problem | undefined;

  constructor(
    private readonly place: string,
    private readonly resources: Resources,
    private readonly find: FindResource,
    selector: MatchersResult,
  ) {
    if (!selector.ok) {
      this.problem = selector.problem;
      return;
    }
    this.texts.push(...selector.texts);
    for (const [label, value] of selector.values) this.values.set(label, value);
  }

  /** Adds a matcher for the names of objects. Returns its label. */
  add(resource: ClusterResource, names: readonly string[]): string | undefined {
    const label = this.resources.labelOf(resource, this.find);
    const bad = names.find((name) => !isObjectName(name));
    if (label === undefined) {
      this.problem ??= problem("ASM_RULE_RESOURCE", `${this.place} has no label for ${resource.resource}`);
    } else if (!isPrometheusLabel(label)) {
      const message = `${this.place} has a label for ${resource.resource} that Prometheus does not accept: ${label}`;
      this.problem ??= problem("ASM_RULE_RESOURCE", message);
    } else if (bad !== undefined) {
      this.problem ??= problem("ASM_RULE_SELECTOR", `${goQuoted(bad)} is not a name of ${resource.resource}`);
    } else {
      const value = names.join("|");
      this.texts.push(`${label}${names.length > 1 ? "=~" : "="}${goQuoted(value)}`);
      this.values.set(label, value);
    }
    return label;
  }

  query(template: Template, series: string, groupBy: readonly string[]): RuleQuery {
    if (this.problem) return { ok: false, problem: this.problem };
    const rendered = template.render({
      Series: series,
      LabelMatchers: this.texts.join(","),
      LabelValuesByName: this.values,
      GroupBy: groupBy.join(","),
      GroupBySlice: groupBy,
    });
    if (!rendered.ok) return this.failed(`metricsQuery of ${this.place} fails for ${series}: ${rendered.why}`);
    if (rendered.text === "") return this.failed(`metricsQuery of ${this.place} is empty for ${series}`);
    return this.checked(rendered.text);
  }

  private failed(message: string): RuleQuery {
    return { ok: false, problem: problem("ASM_RULE_QUERY", message) };
  }

  /** A label that PromQL does not accept is a problem only if the template uses its matcher. */
  private checked(text: string): RuleQuery {
    const label = [...this.values.keys()].find((key) => !isPrometheusLabel(key));
    const matcher = label && this.texts.find((one) => one.startsWith(label));
    if (!label || !matcher || !text.includes(matcher)) return { ok: true, text };
    const message = `the selector's label ${label} cannot be in a query of ${this.place}: Prometheus does not accept it`;
    return { ok: false, problem: problem("ASM_RULE_SELECTOR", message) };
  }
}
