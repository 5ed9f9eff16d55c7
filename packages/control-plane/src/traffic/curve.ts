/**
 * A number that grows over time, as straight pieces. The functions are pure. Time is an argument, in seconds. The number
 * is known at any time, also at an earlier one, so a counter needs no timer and a flush that has passed can be shown
 * later.
 */
export interface Curve {
  /** The bends, at least one, the earliest first. Before the first one, the curve has that one's value. */
  readonly bends: readonly Bend[];
}

interface Bend {
  readonly at: number;
  readonly value: number;
  /** Growth per second from here to the next bend. */
  readonly slope: number;
}

/** A curve that stays at a value. */
export function flatCurve(at: number, value = 0): Curve {
  return { bends: [{ at, value, slope: 0 }] };
}

/** The value at a time. */
export function valueAt(curve: Curve, at: number): number {
  const { at: from, value, slope } = bendBefore(curve, at);
  return at <= from ? value : value + slope * (at - from);
}

/** The growth per second at a time. At a bend, it is that after the bend. */
export function slopeAt(curve: Curve, at: number): number {
  const bend = bendBefore(curve, at);
  return at < bend.at ? 0 : bend.slope;
}

/** Changes the growth from a time on. Bends that were planned for later are dropped. */
export function bendAt(curve: Curve, at: number, slope: number): Curve {
  const kept = curve.bends.filter((bend) => bend.at < at);
  const bend = { at, value: valueAt(curve, at), slope };
  return kept.at(-1)?.slope === slope ? { bends: kept } : { bends: [...kept, bend] };
}

/** Forgets the bends that are not needed for the values from a time on. */
export function forgetBefore(curve: Curve, at: number): Curve {
  const first = curve.bends.findLastIndex((bend) => bend.at <= at);
  return first > 0 ? { bends: curve.bends.slice(first) } : curve;
}

function bendBefore({ bends }: Curve, at: number): Bend {
  const found = bends.findLast((bend) => bend.at <= at) ?? bends[0];
  return found ?? { at, value: 0, slope: 0 };
}
