import { zoneClock } from "@asm-autoscaler/hpa-metrics";
import { driftingNoise, seededRandom } from "./random.ts";
import { RECIPES, SPRING } from "./recipes.ts";
import { DAY_SECONDS, type Trace, WEEK_SECONDS } from "./trace.ts";

/** Weeks of each synthetic trace. */
export const WEEKS = 7;
const MINUTES = (WEEKS * WEEK_SECONDS) / 60;
/** Standard deviation of the noise of a minute, as a share of the load. */
const NOISE = 0.03;

/** Names of the synthetic traces, without `synthetic-`. */
export const SYNTHETIC_NAMES: readonly string[] = Object.keys(RECIPES);

/**
 * A synthetic trace of seven weeks, one point a minute. It is made of rules and a seed, so each machine gets the same.
 *
 * @param name One of `SYNTHETIC_NAMES`.
 */
export function syntheticTrace(name: string): Trace {
  const recipe = RECIPES[name];
  if (!recipe) throw new RangeError(`there is no synthetic trace ${name}`);
  const { about, peakPods, schedule, seed, startsAt = SPRING, timeZone = "UTC", share } = recipe;
  const offsetAt = wallOffset(timeZone);
  const shareOf = share();
  const noise = driftingNoise(seededRandom(seed), NOISE);
  const points = new Float64Array(MINUTES);
  for (let index = 0; index < MINUTES; index++) {
    const second = index * 60 + offsetAt(startsAt + index * 60);
    const day = Math.floor(second / DAY_SECONDS);
    const hour = (second - day * DAY_SECONDS) / 3600;
    points[index] = Math.max(0, shareOf({ day, weekday: ((day % 7) + 7) % 7, hour }) * (1 + noise()));
  }
  return { name: `synthetic-${name}`, about, peakPods, schedule, startsAt, stepSeconds: 60, points };
}

/** How far the clock on the wall is before UTC at a time, in seconds. */
function wallOffset(timeZone: string): (time: number) => number {
  const clock = zoneClock(timeZone);
  if (!clock) throw new RangeError(`${timeZone} is not a time zone`);
  const { offset, changes } = clock;
  return (time) => changes.reduce((sum, { at, by }) => (at <= time ? sum + by : sum), offset);
}
