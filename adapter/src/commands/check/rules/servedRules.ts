import { counted, findKind, type Problem, problemLine, type RulesOwner, readRules } from "@asm-autoscaler/hpa-metrics";
import type { Finding } from "../report.ts";
import { flagsFor, type GivenRules } from "./servedByRules.ts";

/** The rules in an object that the adapter serves as they are, and what in it cannot be served. */
export interface ServedRules {
  readonly served?: GivenRules;
  readonly findings: readonly Finding[];
}

/**
 * Reads the rules as the adapter does with --prometheus-adapter-config.
 * @param object A ConfigMap, a configuration, or an object with values of a chart.
 */
export function readServed(object: Record<string, unknown>, owner: RulesOwner, origin: string): ServedRules {
  const read = readRules(JSON.stringify(object), { isAlibaba: owner !== "prometheus-adapter" });
  if (!read.ok) return { findings: [notServed(owner, undefined, read.problem)] };
  const { file } = read;
  return {
    served: { owner, origin, file },
    findings: file.broken.map(({ place, problem }) => notServed(owner, place, problem)),
  };
}

function notServed(owner: RulesOwner, key: string | undefined, problem: Problem): Finding {
  return {
    id: problem.code,
    differs: true,
    ...(key === undefined ? {} : { key }),
    message: problemLine(problem),
    reference: `${owner} does not start with it, or does not read it`,
    here: "not served; the other rules are",
  };
}

/** Says how many rules are served, and what in them may not mean what their author expects. */
export function servedFindings({ owner, file }: GivenRules): Finding[] {
  const { custom, external } = file;
  const rules = new Set([...custom, ...external]);
  const warnings = [...rules].flatMap((rule) => rule.warnings(findKind));
  if (rules.size === 0) return [];
  return [
    {
      id: owner,
      differs: false,
      message: `${counted(custom.length, "rule")} for Pods and Object metrics, ${counted(external.length, "rule")} for external metrics`,
      reference: "serves them",
      here: `served as they are, with ${flagsFor(owner)}`,
    },
    ...warnings.map((warning) => ({
      id: warning.code,
      differs: false,
      message: problemLine(warning),
      reference: "the same, or one of the labels at random",
      here: "the same, or the first of the labels",
    })),
  ];
}
