import { type Answer, areNear } from "./answers.ts";
import type { Rule, RuleConfig } from "./ruleConfig.ts";

/** Names of metrics in discovery, in order. */
export interface Listed {
  readonly custom: readonly string[];
  readonly external: readonly string[];
}

/** What both adapters did with one read. */
export interface Pair {
  readonly path: string;
  readonly original: Answer;
  readonly ours: Answer;
}

/**
 * A difference from prometheus-adapter. It is a row of the table in docs/reference/differences.md, which a test checks, and
 * it is what the test against the real adapter permits.
 */
export interface Difference {
  /** The cells of the row, in Markdown. */
  readonly of: string;
  readonly original: string;
  readonly ours: string;
  readonly why: string;
  /** What our adapter says of an item that the original describes like this. */
  readonly rewrite?: (about: string) => string;
  /** Whether it explains that the answers differ. */
  readonly explains?: (pair: Pair) => boolean;
  /** What our adapter lists, if the original lists this. The same list if it makes no difference. */
  readonly changeList?: (listed: Listed, config: RuleConfig) => Listed;
  /** Whether such a read has another query, or none, with one of the adapters. */
  readonly hasOwnQueries?: boolean;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    of: "`describedObject.apiVersion` of a core object",
    original: "`/v1`",
    ours: "`v1`",
    why: "`v1` is the version of the object.",
    rewrite: (about) => about.replace('"apiVersion":"/v1"', '"apiVersion":"v1"'),
  },
  {
    of: "The labels of an external metric whose query gives a scalar",
    original: "`null`",
    ours: "`{}`",
    why: "The same as for a sample without labels.",
    rewrite: (about) => about.replace('"metricLabels":null', '"metricLabels":{}'),
  },
  {
    of: "A value between two thousandths",
    original: "truncated: 0.0019 is `1m`",
    ours: "rounded: `2m`",
    why: "[Decision 2](../decisions/0002-readings-are-rounded.md)",
    explains: ({ original, ours }) => areNear(original, ours),
  },
  {
    of: "No sample for the objects of the read, or for the selector of an external metric",
    original: "200 with an empty list; 404 if the read names one object",
    ours: "503 with `ASM_NO_SERIES`",
    why: "The HPA controller keeps the size in each case. With the code, its condition names the query that found nothing.",
    explains: ({ original, ours }) => says(ours, "ASM_NO_SERIES") && (original.status === 404 || isEmpty(original)),
  },
  {
    of: "A value of NaN",
    original: "`0`; `-9223372036854775808m` for an external metric",
    ours: "503 with `ASM_NAN`",
    why: "The value scales to the minimum.",
    explains: ({ original, ours }) => says(ours, "ASM_NAN") && original.status === 200,
  },
  {
    of: "An infinite value, or one beyond ±9223372036854775",
    original: "`-9223372036854775808m`",
    ours: "503 with `ASM_OVERFLOW`",
    why: "The value scales to the minimum.",
    explains: ({ original, ours }) => says(ours, "ASM_OVERFLOW") && original.status === 200,
  },
  {
    of: "A negative value",
    original: "served: `-1500m`",
    ours: "503 with `ASM_NEGATIVE`",
    why: "The HPA controller treats a negative sum as an overflow and scales to the maximum.",
    explains: ({ original, ours }) => says(ours, "ASM_NEGATIVE") && original.status === 200,
  },
  {
    of: "Several samples for one object",
    original: "the last one",
    ours: "503 with `ASM_SEVERAL_SERIES`",
    why: "Their order is not known. A rule with `sum` and `by (<<.GroupBy>>)` has one.",
    explains: ({ original, ours }) => says(ours, "ASM_SEVERAL_SERIES") && original.status === 200,
  },
  {
    of: "Prometheus answers with warnings",
    original: "ignored",
    ours: "503 with `ASM_ANSWER_PARTIAL`, except for [harmless ones](flags.md#prometheus)",
    why: "A part of a sum scales down during a peak.",
    explains: ({ ours }) => says(ours, "ASM_ANSWER_PARTIAL"),
  },
  {
    of: "A metric selector with a label that PromQL does not have, such as `app.kubernetes.io/name`",
    original: "sends an invalid query: 500",
    ours: "sends nothing: 503 with `ASM_RULE_SELECTOR`",
    why: "The message names the label.",
    explains: ({ original, ours }) => isUnfetched(original) && says(ours, "ASM_RULE_SELECTOR"),
    hasOwnQueries: true,
  },
  {
    of: "Prometheus refuses the query, cannot be reached, or gives a result of the wrong type",
    original: "500 `unable to fetch metrics`",
    ours: "503 with the code and the cause, after the [time to live](flags.md#readings) of the last reading",
    why: "You see the cause in the condition of the HPA.",
    explains: ({ original, ours }) => isUnfetched(original) && hasReason(ours),
  },
  {
    of: "A metric selector with `!=`, which the API of HPAs cannot express",
    original: "500 if there are values",
    ours: "answered",
    why: "The original cannot repeat the selector in its answer.",
    explains: ({ original }) => original.message?.endsWith("is not a valid label selector operator") === true,
  },
  {
    of: "A metric selector that is invalid, or has `<` or `>`",
    original: "500 or 404",
    ours: "400 with the reason",
    why: "The request is wrong.",
    explains: ({ path, original, ours }) => /Selector=/.test(path) && ours.status === 400 && original.status >= 404,
  },
  {
    of: "A read of objects of a kind that the cluster does not have",
    original: "500 `unable to list matching resources`",
    ours: "404 with `ASM_CUSTOM_METRIC`",
    why: "Nothing serves it.",
    explains: ({ original, ours }) => original.status === 500 && ours.status === 404 && says(ours, "ASM_CUSTOM_METRIC"),
  },
  {
    of: "A read with the singular name of a kind, such as `pod`",
    original: "the same as with `pods`",
    ours: "404",
    why: "The permission of the read is for `pod` then. The HPA controller sends `pods`.",
    explains: ({ path, ours }) => /\/pod\//.test(path) && ours.status === 404,
    hasOwnQueries: true,
  },
  {
    of: "An external metric that nothing serves",
    original: "404",
    ours: "200 with an empty list",
    why: "The same as for a metric of an annotation.",
    explains: ({ path, original, ours }) => EXTERNAL.test(path) && isEmpty(ours) && original.status === 404,
  },
  {
    of: "An external metric in the namespace `*`",
    original: '`namespace="*"` in the query',
    ours: "sends nothing: an empty list, or 503 with `ASM_RULE_SELECTOR`",
    why: "No namespace has this name.",
    explains: ({ path, ours }) =>
      EXTERNAL.test(path) && /\/namespaces\/\*\//.test(path) && (isEmpty(ours) || says(ours, "ASM_RULE_SELECTOR")),
    hasOwnQueries: true,
  },
  {
    of: "An external metric whose name is written in another case",
    original: "404. The HPA controller asks in lower case, so it never finds a name with upper case",
    ours: "found",
    why: "The same as for a metric of an annotation.",
    explains: ({ path, original, ours }) =>
      EXTERNAL.test(path) && /\/[A-Z_]+$/.test(path) && original.status === 404 && ours.status === 200,
    hasOwnQueries: true,
  },
  {
    of: "An external rule that does not say which label has the namespace",
    original: "listed; each read is an error 500",
    ours: "not served: `ASM_RULE_INVALID`",
    why: "No read can be answered.",
    changeList(listed, { externalRules = [] }) {
      const isServed = (name: string) => !externalRules.some((rule) => hasNoNamespace(rule) && givesName(rule, name));
      const external = listed.external.filter(isServed);
      return external.length === listed.external.length ? listed : { ...listed, external };
    },
  },
  {
    of: "The list of an API without metrics",
    original: "empty, or the API is not served",
    ours: "one resource, `metrics` or `externalmetrics`",
    why: "With an empty list `kubectl api-resources` shows nothing.",
    changeList(listed) {
      const { custom, external } = listed;
      if (custom.length > 0 && external.length > 0) return listed;
      return {
        custom: custom.length > 0 ? custom : ["metrics"],
        external: external.length > 0 ? external : ["externalmetrics"],
      };
    },
  },
];

const EXTERNAL = /^\/apis\/external\.metrics/;
const isEmpty = ({ status, items }: Answer) => status === 200 && items?.length === 0;
const hasReason = ({ status, message = "" }: Answer) => status === 503 && /ASM_[A-Z_]+/.test(message);
const says = ({ message = "" }: Answer, code: string) => message.includes(`${code}:`);
const isUnfetched = ({ status, message = "" }: Answer) => status === 500 && message.endsWith("unable to fetch metrics");

function hasNoNamespace({ resources }: Rule): boolean {
  const isNamed = Object.values(resources?.overrides ?? {}).some(({ resource }) => resource.startsWith("namespace"));
  return !isNamed && !resources?.template && resources?.namespaced !== false;
}

/** Whether a rule of this test gives the metric: its name has the rule's number, or is that of the series. */
function givesName({ seriesQuery, name }: Rule, metric: string): boolean {
  const part = name?.as?.replace(/\$\{?\w+\}?/g, "");
  return part ? metric.includes(part) : seriesQuery.includes(`"${metric}"`) || seriesQuery === metric;
}
