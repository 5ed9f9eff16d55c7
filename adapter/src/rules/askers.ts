import type { ClusterResource, Problem, RulePolicies } from "@asm-autoscaler/hpa-metrics";
import type { CustomRead } from "../api/customMetrics.ts";
import type { Clock } from "../clock.ts";
import type { AskedMetric, AskingHpas } from "../hpas/ruleMetricIndex.ts";
import type { Trouble } from "../readings/staleness.ts";

/** The HPAs of the cluster, and who tells them about their metrics. */
export interface RuleHpas {
  /** The HPAs that ask for a metric. Undefined if there is none. */
  askedOfRule(asked: AskedMetric): AskingHpas | undefined;
  /** A read gave no new values. `refused` means that it gave none at all. */
  troubled(hpa: string, subject: string, problem: Problem, read: { trouble?: Trouble; refused: boolean }): void;
  /** A read gave new values, or `words` says what is good again. */
  well(hpa: string, subject: string, words?: string): void;
}

/** The HPAs behind one read. */
export interface Asker {
  readonly policies: RulePolicies;
  /** Tells the HPAs that the read has no values. */
  refused(problem: Problem, trouble?: Trouble): void;
  /** Tells the HPAs that the read has values, or with `trouble` older values or those of a policy. */
  served(trouble?: Trouble): void;
}

/** Time between two reports of different policies, in ms. A metric may have many HPAs and many reads. */
const AGAIN_MS = 30_000;

const NOBODY: Asker = { policies: {}, refused: () => undefined, served: () => undefined };

/**
 * Creates a function that finds the HPAs behind a read, with their policies.
 *
 * HPAs that scale different workloads can ask for one `Pods` metric, and a read does not say for which of them it is. They
 * are then not told how it went: the HPA controller writes the answer into the conditions and the events of the right one.
 */
export function createAskers(hpas: RuleHpas, clock: Pick<Clock, "monotonic">) {
  const toldAt = new WeakMap<AskingHpas, number>();

  const tellPolicies = (asking: AskingHpas, title: string) => {
    const before = toldAt.get(asking);
    if (before !== undefined && clock.monotonic() - before < AGAIN_MS) return;
    toldAt.set(asking, clock.monotonic());
    const subject = `policies of ${title}`;
    for (const hpa of asking.hpas)
      if (asking.clash) hpas.troubled(hpa, subject, asking.clash, { refused: false });
      else hpas.well(hpa, subject, "all HPAs of the metric set the same policies.");
  };

  /** @param title what is read, without a selector of pods */
  return (asked: AskedMetric, title: string): Asker => {
    const asking = hpas.askedOfRule(asked);
    if (!asking) return NOBODY;
    tellPolicies(asking, title);
    const told = asked.type === "Pods" && asking.hasSeveralTargets ? [] : asking.hpas;
    return {
      policies: asking.policies,
      refused(problem, trouble) {
        for (const hpa of told) hpas.troubled(hpa, title, problem, { ...(trouble ? { trouble } : {}), refused: true });
      },
      served(trouble) {
        for (const hpa of told)
          if (trouble) hpas.troubled(hpa, title, trouble.problem, { trouble, refused: false });
          else hpas.well(hpa, title);
      },
    };
  };
}

/** A read of the custom metrics API as the HPA has it. */
export function askedBy({ namespace, name, metric, series }: CustomRead, resource: ClusterResource): AskedMetric {
  const { group, version, kind } = resource;
  if (name === "*") return { type: "Pods", namespace, metric, series };
  const apiVersion = group === "" ? version : `${group}/${version}`;
  // A metric of a Namespace is read for the HPAs in it.
  return { type: "Object", namespace: namespace || name, metric, series, object: { apiVersion, kind, name } };
}
