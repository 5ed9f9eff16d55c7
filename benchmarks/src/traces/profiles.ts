/** Load in the course of a day, as a share of its peak. */
export type Profile = readonly (readonly [hour: number, share: number])[];

/** People at work: a steep morning, a dip at noon, a slow evening. */
export const OFFICE: Profile = [
  [0, 0.06],
  [6, 0.06],
  [7.5, 0.2],
  [8.5, 0.8],
  [10, 1],
  [12, 0.95],
  [12.75, 0.72],
  [14, 0.98],
  [16.5, 0.9],
  [18, 0.4],
  [20, 0.15],
  [24, 0.06],
];

/** The same people at home. */
export const WEEKEND: Profile = [
  [0, 0.06],
  [7, 0.06],
  [11, 0.16],
  [18, 0.14],
  [24, 0.06],
];

/** People at home every evening. */
export const EVENING: Profile = [
  [0, 0.18],
  [2, 0.07],
  [6, 0.07],
  [8, 0.2],
  [16, 0.24],
  [19, 0.38],
  [22, 0.4],
  [24, 0.18],
];

/** Machines at any time, with somewhat fewer at night. */
export const MACHINES: Profile = [
  [0, 0.25],
  [5, 0.22],
  [9, 0.32],
  [17, 0.32],
  [24, 0.25],
];

/** The share at an hour of the day, straight between the points. */
export function shareAt(profile: Profile, hour: number): number {
  const next = profile.findIndex(([from]) => from > hour);
  const [before, after] = [profile.at(next - 1), profile.at(next)];
  if (!before || !after || next < 1) return profile.at(-1)?.[1] ?? 0;
  const [from, low] = before;
  const [to, high] = after;
  return low + ((hour - from) / (to - from)) * (high - low);
}
