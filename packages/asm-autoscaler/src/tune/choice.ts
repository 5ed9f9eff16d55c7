import type { Judged, Setting } from "../backtest/simulate";
import { aboveOf, type Ground, type Limit, meanScore } from "./evaluation";
import type { Tried } from "./search";
import type { Candidate } from "./setting";

/** What `tune` recommends. */
export interface Choice {
  readonly chosen: Tried;
  readonly today: Tried;
  /**
   * - `saves`: it holds the limit with fewer pod-hours than today's.
   * - `holds`: today's setting is above the limit, and this one is not.
   * - `no-gain`: no setting holds the limit with clearly fewer pod-hours than today's.
   * - `unreachable`: no setting holds the limit. It is the one with the least above capacity.
   */
  readonly verdict: "saves" | "holds" | "no-gain" | "unreachable";
  /** Settings that no other one beats in both numbers, from the fewest pod-hours on. With `today` and `chosen`. */
  readonly front: readonly Tried[];
}

/** Settings of so little more pod-hours count as equal. The more cautious one is then chosen. */
const NEAR = 0.01;
/** A smaller saving is none: another week of traffic would change it. */
const LEAST_SAVING = 0.02;
/** Of the settings that hold the limit in one phase, how many are looked at in all phases. */
const MOST_VERIFIED = 40;
const MOST_ROWS = 7;

/**
 * Chooses among settings by their mean over several scrape and sync phases. A limit that holds only by the luck of one phase
 * does not count.
 *
 * @param all As `search` returns them, today's first.
 */
export function choose(
  ground: Ground,
  days: readonly Judged[],
  all: readonly Tried[],
  settingOf: (candidate: Candidate) => Setting,
): Choice {
  const { limit } = ground;
  const verified = new Map<Tried, Tried>();
  const verify = (one: Tried): Tried => {
    const known = verified.get(one) ?? { ...one, score: meanScore(ground, settingOf(one.candidate), days) };
    verified.set(one, known);
    return known;
  };
  const [first] = all;
  if (!first) throw new RangeError("no setting was tried");
  const today = verify(first);
  const byPods = [...all].sort((one, other) => one.score.podHours - other.score.podHours);
  const holding = isWithin(today, limit) ? [today] : [];
  let looked = 0;
  for (const one of byPods) {
    if (aboveOf(one.score, limit) > limit.perDay || one === first) continue;
    // The rest has more pod-hours than any that can be chosen.
    if (one.score.podHours > leastPodHours(holding) * (1 + 2 * NEAR) || looked++ >= MOST_VERIFIED) break;
    const mean = verify(one);
    if (aboveOf(mean.score, limit) <= limit.perDay) holding.push(mean);
  }
  const least = leastPodHours(holding);
  const near = holding.filter(({ score }) => score.podHours <= least * (1 + NEAR));
  const [best] = near.sort(
    (one, other) =>
      aboveOf(one.score, limit) - aboveOf(other.score, limit) ||
      one.score.scaleChanges - other.score.scaleChanges ||
      differences(one.candidate, today.candidate) - differences(other.candidate, today.candidate),
  );
  const [safest = first] = [...all].sort(
    (one, other) =>
      aboveOf(one.score, limit) - aboveOf(other.score, limit) || one.score.podHours - other.score.podHours,
  );
  const isEnough = isWithin(today, limit);
  const hasGain = best !== undefined && best.score.podHours <= today.score.podHours * (1 - LEAST_SAVING);
  const chosen = best === undefined ? saferOf(verify(safest), today, limit) : isEnough && !hasGain ? today : best;
  const verdict = best === undefined ? "unreachable" : !isEnough ? "holds" : hasGain ? "saves" : "no-gain";
  const rows = rowsOf(notBeaten([...all, today, chosen], limit)).map((one) =>
    one === today || one === chosen ? one : verify(one),
  );
  return { chosen, today, verdict, front: sorted([...new Set([...notBeaten(rows, limit), today, chosen])], limit) };
}

function isWithin({ score }: Tried, limit: Limit): boolean {
  return aboveOf(score, limit) <= limit.perDay;
}

function leastPodHours(all: readonly Tried[]): number {
  return Math.min(...all.map(({ score }) => score.podHours));
}

function saferOf(one: Tried, other: Tried, limit: Limit): Tried {
  return aboveOf(one.score, limit) < aboveOf(other.score, limit) ? one : other;
}

/** The settings to which no other one is better in one number and at least equal in the other. */
function notBeaten(all: readonly Tried[], limit: Limit): Tried[] {
  let least = Number.POSITIVE_INFINITY;
  return sorted(all, limit).filter(({ score }) => {
    if (aboveOf(score, limit) >= least) return false;
    least = aboveOf(score, limit);
    return true;
  });
}

function sorted(all: readonly Tried[], limit: Limit): Tried[] {
  return [...all].sort(
    (one, other) =>
      one.score.podHours - other.score.podHours || aboveOf(one.score, limit) - aboveOf(other.score, limit),
  );
}

/** A few of them, evenly spread over their pod-hours. */
function rowsOf(front: readonly Tried[]): Tried[] {
  // Today's setting and the chosen one are added.
  const most = MOST_ROWS - 2;
  if (front.length <= most) return [...front];
  const [low, high] = [podHours(front[0]), podHours(front.at(-1))];
  const steps = Array.from({ length: most }, (_, index) => low + ((high - low) * index) / (most - 1));
  const nearest = steps.map((step) =>
    front.reduce((best, one) => (Math.abs(podHours(one) - step) < Math.abs(podHours(best) - step) ? one : best)),
  );
  return [...new Set(nearest)];
}

function podHours(one: Tried | undefined): number {
  return one?.score.podHours ?? 0;
}

/** How many settings differ. */
function differences(one: Candidate, other: Candidate): number {
  const keys = ["target", "minReplicas", "reaction", "scaleUp", "scaleDown", "anticipate", "schedule"] as const;
  return keys.filter((key) => JSON.stringify(one[key]) !== JSON.stringify(other[key])).length;
}
