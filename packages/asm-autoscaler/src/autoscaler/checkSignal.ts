import { choiceMistakes } from "../arguments/choice";
import { countMistakes } from "../arguments/count";
import { later, type Now } from "../arguments/later";
import type { Mistake } from "../arguments/mistake";
import { nameMistakes, objectName } from "../arguments/name";
import type { MetricSubject } from "./checkMetric";
import { queryMistakes } from "./checkQuery";
import type { MetricDraft } from "./draft";
import { TrafficReporter } from "./metricArgs";
import { numberTargetMistakes } from "./quantity";
import { DEFAULT_SCRAPE_SECONDS, LEAST_SCRAPES, WANTED_SCRAPES } from "./queries";
import { rangeMistakes } from "./range";
import { type SignalKind, signals } from "./signals";

const quantile = { from: 0.001, to: 0.999_999, decimals: 6 };
const ratio = { from: 0.001, to: 1, decimals: 3 };

/** Everything that is wrong with a signal of the mesh, but for what does not belong to it. */
export function signalMistakes(path: string, kind: SignalKind, metric: MetricDraft, subject: MetricSubject): Mistake[] {
  const target =
    kind === "errorRatio"
      ? rangeMistakes(`${path}.${kind}`, metric.errorRatio, ratio, "Give a share of the requests, such as 0.01")
      : numberTargetMistakes(`${path}.${kind}`, metric[kind], "Give a number above zero, such as 10");
  const own = [
    ...target,
    ...rangeMistakes(`${path}.latencyQuantile`, metric.latencyQuantile, quantile, "Give a quantile, such as 0.95"),
    ...windowMistakes(`${path}.windowSeconds`, metric.windowSeconds, subject.scrapeIntervalSeconds),
    ...choiceMistakes(`${path}.reporter`, metric.reporter, Object.values(TrafficReporter)),
    ...matcherMistakes(`${path}.matchers`, kind, metric.matchers),
    ...serviceMistakes(path, metric),
  ];
  const { namespace, workload } = subject;
  const { matchers } = metric;
  if (own.length > 0 || namespace === later || workload === later || matchers === later) return own;
  return queryMistakes(`${path}.${kind}`, signals[kind].query({ namespace, workload, matchers }, {}));
}

/** Only who sends sees what finds no pod. */
function serviceMistakes(path: string, { service, reporter }: MetricDraft): Mistake[] {
  if (service === undefined) return [];
  if (reporter === undefined || reporter === later) return nameMistakes(`${path}.service`, service, objectName);
  return [
    ...nameMistakes(`${path}.service`, service, objectName),
    {
      path: `${path}.reporter`,
      code: "ASM_ARGUMENT_MISPLACED",
      message: "reporter does not belong beside service, whose requests are counted by those who send them",
      remedy: "Leave reporter out",
    },
  ];
}

function windowMistakes(path: string, window: Now<number | undefined>, scrape: Now<number | undefined>): Mistake[] {
  const wrong = countMistakes(path, window, "Give whole seconds, at least four scrapes, such as 60");
  if (wrong.length > 0 || scrape === later || window === later || window === undefined) return wrong;
  const interval = scrape ?? DEFAULT_SCRAPE_SECONDS;
  if (window >= LEAST_SCRAPES * interval) return [];
  return [
    {
      path,
      code: "ASM_WINDOW_EMPTY",
      message: `A window of ${window} s does not hold two scrapes of ${interval} s, which a rate needs`,
      remedy: `Give at least four scrapes: ${WANTED_SCRAPES * interval}`,
    },
  ];
}

/** Each matcher is tried alone, so that the mistake is at its label. */
function matcherMistakes(path: string, kind: SignalKind, matchers: MetricDraft["matchers"]): Mistake[] {
  if (matchers === later || matchers === undefined) return [];
  return Object.entries(matchers).flatMap(([label, value]): Mistake[] => {
    const wrong = (why: string): Mistake[] => [
      {
        path: `${path}[${JSON.stringify(label)}]`,
        code: "ASM_MATCHER_INVALID",
        message: `The matcher ${label} cannot be used: ${why}`,
        remedy: "Match another label of Istio's metrics, such as job, or write the query out as query",
      },
    ];
    if (typeof value !== "string") return wrong(`its value ${JSON.stringify(value)} is no text`);
    try {
      signals[kind].query({ workload: "w", namespace: "n", matchers: { [label]: value } }, {});
      return [];
    } catch (error) {
      if (error instanceof RangeError) return wrong(error.message);
      throw error;
    }
  });
}
