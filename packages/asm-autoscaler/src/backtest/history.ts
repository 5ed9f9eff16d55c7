import type { Simulated } from "./autoscaler";
import { duration } from "./format";
import type { Judged } from "./simulate";

/** The part of the traffic that is only history. */
export interface History {
  /** What is wanted: what `--history` says, or what the HPAs need to anticipate. */
  readonly wantedSeconds: number;
  /** The seconds that are judged, of traffic of this length. */
  judged(seconds: number): Judged;
  /** What a reader must know about it, in words. */
  notes(judged: Judged): string[];
}

const DAY_SECONDS = 86_400;

/** How much of the traffic is history for these HPAs. */
export function historyOf(hpas: readonly Simulated[], given: number | undefined): History {
  const needs = neededBy(hpas);
  const wantedSeconds = given ?? needs.seconds;
  return {
    wantedSeconds,
    judged(seconds) {
      // At least a day is judged, or half of a shorter recording.
      const most = Math.max(seconds - Math.min(DAY_SECONDS, seconds / 2), 0);
      const fits =
        wantedSeconds <= most ? wantedSeconds : given === undefined ? wholePeriods(most, needs.period) : most;
      return { from: Math.floor(fits), to: seconds };
    },
    notes({ from }) {
      return [
        ...(from > 0 ? [`the first ${duration(from)} of the traffic are history and are not judged`] : []),
        ...(from < needs.seconds && needs.seconds > 0
          ? [`the HPA anticipates from ${duration(needs.seconds)} of history, and the traffic has ${duration(from)}`]
          : []),
      ];
    },
  };
}

function wholePeriods(seconds: number, period: number): number {
  return period > 0 ? Math.floor(seconds / period) * period : 0;
}

/** The longest history and period of the metrics that anticipate. */
function neededBy(hpas: readonly Simulated[]): { seconds: number; period: number } {
  let needed = { seconds: 0, period: 0 };
  for (const { reads } of hpas.flatMap(({ metrics }) => metrics)) {
    if (reads.kind !== "anticipated") continue;
    const seconds = reads.anticipate.periods * reads.anticipate.periodSeconds;
    if (seconds > needed.seconds) needed = { seconds, period: reads.anticipate.periodSeconds };
  }
  return needed;
}
