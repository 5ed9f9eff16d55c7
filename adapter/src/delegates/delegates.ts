import { type ExternalMetric, type Problem, problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import { answerWith } from "../api/answer.ts";
import type { Forwarding, ForwardingDelegates } from "../api/dependencies.ts";
import { readingUnavailable } from "../api/status.ts";
import type { DelegateFlags } from "../flags/delegateFlags.ts";
import { createDelegate, type Delegate, type DelegateDependencies, type DelegateState } from "./delegate.ts";
import { claimants, isOurForm, type MetricRead, neighbourReadOf } from "./routing.ts";

/** The neighbouring adapters, and which of them serves a read. */
export interface Delegates extends ForwardingDelegates {
  /**
   * Whether a delegate serves this metric of an HPA, or whether this is not known because a list was never read. A
   * question and not a read: it reports nothing and refreshes no list.
   */
  mayServe(namespace: string, metric: ExternalMetric): boolean;
  states(): readonly DelegateState[];
  /** Resolves when the list of each delegate was read once, successfully or not. */
  listed(): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
}

export interface DelegatesOptions extends DelegateDependencies {
  /** Whether an HPA of the namespace asks this adapter for the metric. */
  isOurs(read: MetricRead): boolean;
  /** Called when neither this adapter nor a delegate claims a read. */
  onUnclaimed(read: MetricRead): void;
  /** Called when more than one adapter claims a read. */
  onClash(read: MetricRead, problem: Problem): void;
  /** Called when a delegate answered a read with a list of values. */
  onServed(read: MetricRead): void;
}

/** Creates the delegates of the flags. Without any, every read is for this adapter. */
export function createDelegates(flags: readonly DelegateFlags[], options: DelegatesOptions): Delegates {
  const delegates = flags.map((one) => createDelegate(one, options));

  const claiming = (read: MetricRead) => claimants(read, delegates, ({ list }, metric) => list.has(metric));

  return {
    route({ namespace, metric, selector }) {
      const read = { namespace, metric: metric.toLowerCase(), selector };
      if (delegates.length === 0 || isOurForm(read)) return undefined;
      const claimed = claiming(read);
      const isOurs = options.isOurs(read);
      const names = [...(isOurs ? ["this adapter"] : []), ...claimed.map(({ name }) => `the delegate "${name}"`)];
      if (names.length > 1) options.onClash(read, clash(read.metric, names));
      const [delegate] = claimed;
      if (isOurs) return undefined;
      if (delegate) return forwarding(read, delegate, options);
      // A metric may have been added to a delegate since its list was read. The next read finds it.
      for (const { refresh } of delegates) refresh();
      options.onUnclaimed(read);
      return undefined;
    },
    metricNames: () => [
      ...new Set(delegates.flatMap(({ list, metrics }) => [...list.names(), ...metrics.filter(isName)])),
    ],
    mayServe(namespace, metric) {
      const read = neighbourReadOf(namespace, metric);
      if (!read) return false;
      const isUnknown = delegates.some(({ selectorKey, list }) => selectorKey === undefined && !list.isRead());
      return isUnknown || claiming(read).length > 0;
    },
    states: () => delegates.map((delegate) => delegate.state()),
    listed: async () => void (await Promise.all(delegates.map(({ listed }) => listed))),
    run: async (signal) => void (await Promise.all(delegates.map((delegate) => delegate.run(signal)))),
  };
}

function isName(pattern: string): boolean {
  return !pattern.includes("*");
}

function clash(metric: string, [first = "", ...others]: readonly string[]): Problem {
  return problem(
    "ASM_DELEGATE_CLASH",
    `the metric "${metric}" is served by ${first}, and ${others.join(" and ")} also claims it`,
  );
}

function forwarding(read: MetricRead, delegate: Delegate, { onServed }: DelegatesOptions): Forwarding {
  return {
    delegate: delegate.name,
    async forward(target, via) {
      const result = await delegate.read(target, via);
      if (result.ok && result.answer.code === 200) onServed(read);
      return result.ok ? result.answer : answerWith(readingUnavailable(problemLine(result.problem)));
    },
  };
}
