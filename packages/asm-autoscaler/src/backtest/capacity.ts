import { BacktestError } from "./backtestError";
import type { BoundHpa } from "./binding";
import { amount } from "./format";
import type { Capacity } from "./verdict";

/** A capacity of the command line. Without a name it is that of the first metric of requests. */
export interface GivenCapacity {
  readonly name: string | undefined;
  readonly requestsPerSecond: number;
}

/** What a pod can carry of the requests of one metric. It is the same for all runs of a comparison. */
export interface KnownCapacity extends Capacity {
  /** The name of the metric. */
  readonly name: string;
  /** Where it is from: `the current target of 10 plus a tenth`. */
  readonly source: string;
}

/** Headroom above the target that a pod is assumed to have: the default tolerance of the HPA controller. */
const HEADROOM = 0.1;

/**
 * The capacities by which all runs are judged. If each were judged by its own target, a lower target, which runs more pods,
 * would look worse than a higher one.
 *
 * @param baseline The current HPA, or the only one.
 * @throws BacktestError for a capacity of a metric that it does not have.
 */
export function capacitiesOf(given: readonly GivenCapacity[], baseline: BoundHpa, isOnly: boolean): KnownCapacity[] {
  const requests = baseline.metrics.filter(({ source }) => source.kind === "requests");
  const stray = given.find(({ name }) => name !== undefined && !requests.some((metric) => metric.name === name));
  if (stray)
    throw new BacktestError(
      "ASM_BACKTEST_INPUT",
      `--capacity names ${stray.name}, and the HPA ${baseline.hpa.id} has no such metric of requests`,
      `Use one of ${requests.map(({ name }) => name).join(", ")}`,
    );
  const loads = new Set<number>();
  return requests.flatMap(({ name, target, source }, index): KnownCapacity[] => {
    if (source.kind !== "requests" || loads.has(source.load)) return [];
    loads.add(source.load);
    const own = given.find((one) => one.name === name || (one.name === undefined && index === 0));
    const { load } = source;
    if (own) return [{ name, load, requestsPerSecond: own.requestsPerSecond, source: "set by --capacity" }];
    // Without the error of floating point: 11 of 10 plus a tenth.
    const requestsPerSecond = Number((target * (1 + HEADROOM)).toPrecision(12));
    return [
      {
        name,
        load,
        requestsPerSecond,
        source: `the ${isOnly ? "" : "current "}target of ${amount(target)} plus a tenth`,
      },
    ];
  });
}
