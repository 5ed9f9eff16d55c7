import type { Reaction } from "../autoscaler/args";
import type { ScalingPace } from "../autoscaler/behaviorArgs";
import type { Judged, Setting } from "../backtest/simulate";
import { aboveOf, type Ground, type Score, scoreOf } from "./evaluation";
import type { Candidate } from "./setting";

/** What is tried. The first of each list is what the HPA has today; undefined stands for it where it has no name. */
export interface SearchSpace {
  /** In ascending order. */
  readonly targets: readonly number[];
  readonly reactions: readonly (Reaction | undefined)[];
  readonly aheads: readonly Pick<Candidate, "anticipate" | "schedule">[];
  readonly paces: readonly { readonly scaleUp?: ScalingPace; readonly scaleDown?: ScalingPace }[];
  readonly minReplicas: readonly number[];
}

/** A setting and how it did on the training days. */
export interface Tried {
  readonly candidate: Candidate;
  readonly score: Score;
}

/** What a search works with. */
interface SearchInput {
  readonly ground: Ground;
  /** The training days, hardest first. */
  readonly days: readonly Judged[];
  readonly today: Candidate;
  readonly space: SearchSpace;
  settingOf(candidate: Candidate): Setting;
  /** Called after each setting. `total` is an estimate. */
  onProgress(done: number, total: number): void;
}

/** A setting that is so many times over the limit is not simulated to the end. */
const STOP_ABOVE = 3;
/** How many of the best combinations of a stage the next one varies. */
const KEPT = 3;

/**
 * Tries settings, and returns all that were simulated to the end, today's first. For each combination of the other settings,
 * it finds the largest target that holds the limit by bisection, because a larger target needs fewer pods. Three stages keep
 * the number small: first reaction and what is anticipated, then the pace for the best of these, then minReplicas.
 */
export function search({ ground, days, today, space, settingOf, onProgress }: SearchInput): Tried[] {
  const { targets, reactions, aheads, paces, minReplicas } = space;
  const tried = new Map<string, Tried | undefined>();
  const bisection = Math.ceil(Math.log2(targets.length + 1)) + 1;
  const total =
    bisection * (reactions.length * aheads.length + KEPT * (paces.length - 1) + KEPT * (minReplicas.length - 1)) + 1;
  let done = 0;

  const evaluate = (candidate: Candidate, stopAbove: number): Tried | undefined => {
    const setting = settingOf(candidate);
    // Two ways to write the same HPA are one setting. The functions of a schedule have no text.
    const key = JSON.stringify([setting.autoscaling, setting.sources, candidate.schedule]);
    if (tried.has(key)) return tried.get(key);
    const score = scoreOf(ground, setting, days, { stopAbove });
    const found = score && { candidate, score };
    tried.set(key, found);
    onProgress(++done, Math.max(total, done));
    return found;
  };
  const holds = (one: Tried | undefined): one is Tried =>
    one !== undefined && aboveOf(one.score, ground.limit) <= ground.limit.perDay;

  /** The largest target that holds the limit. */
  const largest = (rest: Omit<Candidate, "target">): Tried | undefined => {
    let [low, high] = [-1, targets.length];
    let best: Tried | undefined;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      const one = evaluate({ ...rest, target: targets[middle] ?? 0 }, STOP_ABOVE);
      if (holds(one)) [low, best] = [middle, one];
      else high = middle;
    }
    // Tolerance and stabilization make small steps in the wrong direction.
    const next =
      targets[high + 1] === undefined ? undefined : evaluate({ ...rest, target: targets[high + 1] ?? 0 }, STOP_ABOVE);
    return holds(next) && next.score.podHours < (best?.score.podHours ?? Number.POSITIVE_INFINITY) ? next : best;
  };
  const cheapest = (all: readonly (Tried | undefined)[]) =>
    all
      .filter((one) => one !== undefined)
      .sort((one, other) => one.score.podHours - other.score.podHours)
      .slice(0, KEPT);

  evaluate(today, Number.POSITIVE_INFINITY);
  // The most cautious target is known to the end, also if nothing holds.
  evaluate({ ...today, target: targets[0] ?? today.target }, Number.POSITIVE_INFINITY);
  const { target: _, ...usual } = today;
  const first = reactions.flatMap((reaction) =>
    aheads.map((ahead) => largest({ ...usual, ...(reaction === undefined ? {} : { reaction }), ...ahead })),
  );
  const vary = (best: readonly Tried[], change: (candidate: Candidate) => readonly Omit<Candidate, "target">[]) =>
    best.flatMap(({ candidate: { target: __, ...rest } }) => change({ ...rest, target: 0 }).map(largest));
  let best = cheapest(first);
  best = cheapest([...best, ...vary(best, (rest) => paces.slice(1).map((pace) => ({ ...rest, ...pace })))]);
  vary(best, (rest) =>
    minReplicas.filter((least) => least !== rest.minReplicas).map((least) => ({ ...rest, minReplicas: least })),
  );
  onProgress(done, done);
  return [...tried.values()].filter((one) => one !== undefined);
}
