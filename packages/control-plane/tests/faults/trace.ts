/** A change of size: from this second on so many replicas. */
export interface Size {
  readonly second: number;
  readonly replicas: number;
}

/**
 * The seconds at which one trace is not within `tolerance` seconds of the other: a trace is a line of steps, its jumps
 * included, so at each moment either size must lie between the least and the greatest that the other has around it.
 */
export function apart(a: readonly Size[], b: readonly Size[], seconds: number, tolerance: number): number[] {
  const [first, second] = [everySecond(a, seconds), everySecond(b, seconds)];
  return Array.from({ length: seconds }, (_, at) => at).filter(
    (at) => !isAround(first, second, at, tolerance) || !isAround(second, first, at, tolerance),
  );
}

function isAround(one: readonly number[], other: readonly number[], at: number, tolerance: number): boolean {
  const near = other.slice(Math.max(0, at - tolerance), at + tolerance + 1);
  const size = one[at] ?? 0;
  return size >= Math.min(...near) && size <= Math.max(...near);
}

function everySecond(sizes: readonly Size[], seconds: number): number[] {
  let place = 0;
  return Array.from({ length: seconds }, (_, at) => {
    while ((sizes[place + 1]?.second ?? Number.POSITIVE_INFINITY) <= at) place++;
    return sizes[place]?.replicas ?? 0;
  });
}
