import { type Traffic, type TrafficPoint, trafficThrough } from "./traffic";

/** Names of the synthetic traffic patterns. */
export const SHAPES = ["step", "ramp", "spike", "saw-tooth", "diurnal"] as const;

/** A synthetic traffic pattern. */
export type Shape = (typeof SHAPES)[number];

/** Two seconds are as good as at once: no rate sees the difference. */
const AT_ONCE = 2;
const DIURNAL_POINTS = 96;

/**
 * Synthetic traffic. `step`: high in the middle half. `ramp`: rises for a third, stays high, falls for a third.
 * `spike`: high for a tenth. `saw-tooth`: four slow rises with a sudden fall after each. `diurnal`: two days with one
 * wave each.
 *
 * @param low,high Requests per second.
 * @param seconds Duration in seconds.
 */
export function shapedTraffic(shape: Shape, low: number, high: number, seconds: number): Traffic {
  const points = POINTS[shape].map(([share, height]): TrafficPoint => {
    return { second: share * seconds, requestsPerSecond: low + height * (high - low) };
  });
  return trafficThrough(shape === "diurnal" ? points : sharp(points));
}

/** Shares of the duration and of the way from low to high. */
const POINTS: Readonly<Record<Shape, readonly (readonly [share: number, height: number])[]>> = {
  step: [
    [0, 0],
    [0.25, 0],
    [0.25, 1],
    [0.75, 1],
    [0.75, 0],
    [1, 0],
  ],
  ramp: [
    [0, 0],
    [1 / 3, 1],
    [2 / 3, 1],
    [1, 0],
  ],
  spike: [
    [0, 0],
    [0.4, 0],
    [0.4, 1],
    [0.5, 1],
    [0.5, 0],
    [1, 0],
  ],
  "saw-tooth": [0, 1, 2, 3].flatMap(
    (tooth) =>
      [
        [tooth / 4, 0],
        [(tooth + 1) / 4, 1],
      ] as const,
  ),
  diurnal: Array.from({ length: DIURNAL_POINTS + 1 }, (_, index) => {
    const share = index / DIURNAL_POINTS;
    return [share, (1 - Math.cos(share * 4 * Math.PI)) / 2] as const;
  }),
};

/** Points of one moment become two that are apart by a little. */
function sharp(points: readonly TrafficPoint[]): TrafficPoint[] {
  return points.map((point, index) =>
    point.second === points[index - 1]?.second ? { ...point, second: point.second + AT_ONCE } : point,
  );
}
