import type { Arm, Part } from "./parts.ts";
import type { Reaction } from "./play.ts";

/** The figures of one arm, in seconds; lost requests for `lost`. */
interface Figures {
  /** How many workloads got there, and how many there are. */
  readonly reached: number;
  readonly of: number;
  readonly mean: number | null;
  readonly median: number | null;
  readonly range: readonly [number, number] | null;
}

type What = "first" | "full" | "down" | "lost";
const WHATS: readonly What[] = ["first", "full", "down", "lost"];

/** The figures of all arms of a part, and the ratios of their means to those of every other arm. */
export function figuresOf(part: Part, reactions: readonly Reaction[]) {
  const ofArm = (arm: Arm) =>
    Object.fromEntries(
      WHATS.map((what) => {
        const all = reactions.filter((one) => one.arm === arm).map((one) => one[what]);
        return [what, summary(all)];
      }),
    ) as Record<What, Figures>;
  const seconds = Object.fromEntries(part.arms.map((arm) => [arm, ofArm(arm)])) as Record<Arm, Record<What, Figures>>;
  const ratios = part.arms.flatMap((arm) =>
    part.arms
      .filter((other) => other !== arm)
      .map((other) => ({
        ...{ arm, to: other },
        first: ratio(seconds[arm].first, seconds[other].first),
        full: ratio(seconds[arm].full, seconds[other].full),
      })),
  );
  return { seconds, ratios };
}

/** The bars of a part that its figures miss, one sentence for each. A workload that never got there misses too. */
export function missedBars(part: Part, { seconds }: ReturnType<typeof figuresOf>): string[] {
  return part.bars.flatMap((bar) => {
    const { mean, reached, of } = seconds[bar.arm][bar.what];
    const name = `${part.name}, ${bar.arm}, ${bar.what}`;
    if (mean === null || reached < of) return [`${name}: ${reached} of ${of} workloads got there`];
    if (bar.seconds !== undefined && mean > bar.seconds) {
      return [`${name}: a mean of ${mean.toFixed(1)} s is more than ${bar.seconds} s`];
    }
    if (bar.ratioTo === undefined || bar.ratio === undefined) return [];
    const own = ratio(seconds[bar.arm][bar.what], seconds[bar.ratioTo][bar.what]);
    return own !== null && own < bar.ratio ? [] : [`${name}: ${own} of ${bar.ratioTo} is not below ${bar.ratio}`];
  });
}

function summary(all: readonly (number | undefined)[]): Figures {
  const values = all.filter((value) => value !== undefined).sort((a, b) => a - b);
  const [least, most] = [values[0], values.at(-1)];
  if (least === undefined || most === undefined) {
    return { reached: 0, of: all.length, mean: null, median: null, range: null };
  }
  const middle = values.length / 2;
  const median = ((values[Math.floor(middle)] ?? most) + (values[Math.ceil(middle) - 1] ?? least)) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { reached: values.length, of: all.length, mean, median, range: [least, most] };
}

/** Of means, since full size has two humps, and a median falls into the gap between them. */
function ratio(one: Figures, other: Figures): number | null {
  return one.mean === null || other.mean === null ? null : one.mean / other.mean;
}
