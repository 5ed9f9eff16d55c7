import { type ExternalMetric, type Problem, problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import { answerWith } from "../api/answer.ts";
import type { Forwarding, ForwardingDelegates } from "../api/dependencies.ts";
import { readingUnavailable } from "../api/status.ts";
import type { DelegateFlags } from "../flags/delegateFlags.ts";
import { createDelegate, type Delegate, type DelegateDependencies, type DelegateState } from "./delegate.ts";
import { viaOf } from "./forward.ts";
import { createLastAnswers, type LastAnswer, type LastAnswers } from "./lastAnswers.ts";
import { claimants, isOurForm, type MetricRead, neighbourReadOf } from "./routing.ts";

/** The neighbouring adapters, and which of them serves a read. */
export interface Delegates extends ForwardingDelegates {
  /**
   * Whether a delegate serves this metric of an HPA, or whether this is not known because a list was never read. A
   * question and not a read: it reports nothing and refreshes no list.
   */
  mayServe(namespace: string, metric: ExternalMetric): boolean;
  /**
   * Who serves this metric of an HPA, by the present lists, and what the delegate last answered to this replica. Undefined
   * for a metric of this adapter. A question and not a read, as `mayServe`.
   */
  seen(namespace: string, metric: ExternalMetric): SeenMetric | undefined;
  states(): readonly DelegateState[];
  /** Resolves when the list of each delegate was read once, successfully or not. */
  listed(): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
}

/** A metric of an HPA that is not this adapter's by its form. */
export interface SeenMetric {
  /** Name of the delegate that serves it. Undefined if none does, if this is not known, or if this adapter serves it. */
  readonly delegate?: string;
  readonly lastAnswer?: LastAnswer;
  /** Nobody claims it, or several do. */
  readonly problem?: Problem;
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
  const lastAnswers = createLastAnswers(options.clock.wall);

  const claiming = (read: MetricRead) => claimants(read, delegates, ({ list }, metric) => list.has(metric));
  /** Whether a delegate that serves the names of its list has never sent it. */
  const isUnlisted = () => delegates.some(({ selectorKey, list }) => selectorKey === undefined && !list.isRead());

  return {
    route({ namespace, metric, selector }) {
      const read = { namespace, metric: metric.toLowerCase(), selector };
      if (delegates.length === 0 || isOurForm(read)) return undefined;
      const claimed = claiming(read);
      const isOurs = options.isOurs(read);
      const found = clash(read.metric, isOurs, claimed);
      if (found) options.onClash(read, found);
      const [delegate] = claimed;
      if (isOurs) return undefined;
      if (delegate) return forwarding(read, delegate, options, lastAnswers);
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
      return read !== undefined && (isUnlisted() || claiming(read).length > 0);
    },
    seen(namespace, metric) {
      const read = neighbourReadOf(namespace, metric);
      if (!read) return undefined;
      const [claimed, isOurs] = [claiming(read), options.isOurs(read)];
      const [delegate] = isOurs ? [] : claimed;
      const lastAnswer = delegate && lastAnswers.of(read, delegate.name);
      const isKnown = delegate || isOurs || isUnlisted();
      const found = isKnown ? clash(read.metric, isOurs, claimed) : unclaimed(read);
      return {
        ...(delegate ? { delegate: delegate.name } : {}),
        ...(lastAnswer ? { lastAnswer } : {}),
        ...(found ? { problem: found } : {}),
      };
    },
    states: () => delegates.map((delegate) => delegate.state()),
    listed: async () => void (await Promise.all(delegates.map(({ listed }) => listed))),
    run: async (signal) => void (await Promise.all(delegates.map((delegate) => delegate.run(signal)))),
  };
}

function isName(pattern: string): boolean {
  return !pattern.includes("*");
}

/** The problem of a metric that neither this adapter nor a delegate has. */
export function unclaimed({ metric }: Pick<MetricRead, "metric">): Problem {
  return problem(
    "ASM_METRIC_NOT_SERVED",
    `neither this adapter nor a delegate serves the external metric "${metric}"`,
    {
      remedy:
        "If Prometheus is the source, add the label `type: prometheus` to the metric's selector. If another adapter is, see `--delegate`.",
    },
  );
}

/** The problem of a metric that more than one adapter claims. */
function clash(metric: string, isOurs: boolean, claimed: readonly Pick<Delegate, "name">[]): Problem | undefined {
  const [first, ...others] = [
    ...(isOurs ? ["this adapter"] : []),
    ...claimed.map(({ name }) => `the delegate "${name}"`),
  ];
  if (first === undefined || others.length === 0) return undefined;
  return problem(
    "ASM_DELEGATE_CLASH",
    `the metric "${metric}" is served by ${first}, and ${others.join(" and ")} also claims it`,
  );
}

function forwarding(
  read: MetricRead,
  delegate: Delegate,
  { onServed }: DelegatesOptions,
  lastAnswers: LastAnswers,
): Forwarding {
  const { name } = delegate;
  return {
    delegate: name,
    async forward(target, via) {
      const result = await delegate.read(target, via);
      if (result.ok && result.answer.code === 200) onServed(read);
      lastAnswers.record(read, name, result.ok ? { status: result.answer.code, body: result.body } : result);
      const answer = result.ok ? result.answer : answerWith(readingUnavailable(problemLine(result.problem)));
      return { ...answer, headers: { ...answer.headers, Via: `1.1 ${viaOf(name)}` } };
    },
  };
}
