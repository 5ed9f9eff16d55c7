import { type Problem, problem } from "@asm-autoscaler/hpa-metrics";
import { writerRemedy, writerWords } from "./apiService.ts";
import type { CaBundleState } from "./caBundle.ts";

/** Wait before the adapter writes its authorities again that another program removed, in ms. It doubles each time. */
const FIRST_WAIT_MS = 1_000;
const LAST_WAIT_MS = 60_000;
/** How long nobody else must write before the contest is over, in ms. */
const QUIET_MS = 10 * 60_000;

/** Whether another program removes the adapter's authorities from the `caBundle` of one APIService, as KEDA's operator does. */
export interface CaBundleContest {
  /**
   * Takes the result of an update. Returns how long to wait before the next one, in ms, if another program had removed
   * the adapter's authorities. Otherwise two writers would overwrite each other without a pause.
   */
  see(settled: CaBundleState, authorities: readonly string[]): number | undefined;
  /** The problem while the contest lasts. */
  problem(): Problem | undefined;
  /** How often the adapter wrote its authorities again. */
  writeBacks(): number;
}

/** The contests by the name of their APIService. */
export type CaBundleContests = ReadonlyMap<string, CaBundleContest>;

/** Creates a contest about each of these APIServices. @param monotonic as for `createCaBundleContest` */
export function createCaBundleContests(apiServices: readonly string[], monotonic: () => number): CaBundleContests {
  return new Map(apiServices.map((name) => [name, createCaBundleContest(monotonic)]));
}

/** Creates a contest that has not begun. @param monotonic clock in milliseconds that never goes back */
function createCaBundleContest(monotonic: () => number): CaBundleContest {
  let trusted: readonly string[] = [];
  let found: Problem | undefined;
  let [waitMs, writeBacks, lastAt] = [FIRST_WAIT_MS, 0, 0];
  return {
    see(settled, authorities) {
      const before = trusted;
      trusted = "present" in settled ? settled.present : [];
      const isRemoved =
        settled.state === "patched" && authorities.some((pem) => before.includes(pem) && !settled.was.includes(pem));
      if (!isRemoved) {
        if (settled.state !== "patched") waitMs = FIRST_WAIT_MS;
        if (settled.state === "foreign" || monotonic() - lastAt >= QUIET_MS) found = undefined;
        return undefined;
      }
      writeBacks += 1;
      lastAt = monotonic();
      const message =
        `${writerWords(settled.before)} removes this adapter's CA from the caBundle of APIService ${settled.before.name}, ` +
        "so that HPAs get no readings until the adapter has written it again";
      found = problem("ASM_CA_BUNDLE_CONTESTED", message, { remedy: writerRemedy(settled.before) });
      const now = waitMs;
      waitMs = Math.min(waitMs * 2, LAST_WAIT_MS);
      return now;
    },
    problem: () => found,
    writeBacks: () => writeBacks,
  };
}
