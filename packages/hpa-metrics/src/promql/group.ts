import { quoted } from "../selector";
import { labelText, less, type Piece } from "./pieces";
import type { Member, Shape } from "./shape";

/** One sample of an instant vector. */
export interface GroupSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Queries of one shape as one query, and how its answer is split. */
export interface Group<S extends GroupSample> {
  readonly text: string;
  /**
   * The samples of each member, in the members' order, with the labels that they have when it is asked alone; and how many
   * samples nobody asked for, which two labels with several values each can bring.
   */
  split(samples: readonly S[]): { members: S[][]; strangers: number };
}

/**
 * Groups queries of one shape. Matchers of labels in which they differ become regular expressions of the values, and those
 * labels are kept through every aggregation and matched by every operator.
 *
 * @throws RangeError without a member.
 */
export function groupOf<S extends GroupSample>(members: readonly Member[]): Group<S> {
  const shape = members[0]?.shape;
  if (!shape) throw new RangeError("a group has at least one member");
  const values = shape.labels.map((_, index) => [...new Set(members.map((member) => member.values[index] ?? ""))]);
  const apart = shape.labels.flatMap((_, index) => ((values[index]?.length ?? 0) > 1 ? [index] : []));
  const text = shape.pieces.map((piece) => pieceText(piece, shape, values, apart)).join("");
  return { text, split: (samples) => split(samples, members, shape, apart) };
}

/** Whether a value stands for itself in a regular expression. Source: QuoteMeta of Go's regexp package. */
export function isLiteral(value: string): boolean {
  return !/[\\.+*?()|[\]{}^$]/.test(value);
}

function pieceText(piece: Piece, shape: Shape, values: readonly string[][], apart: readonly number[]): string {
  if (typeof piece === "string") return piece;
  if ("matcher" in piece) {
    const own = values[piece.matcher] ?? [];
    const label = labelText(shape.labels[piece.matcher] ?? "");
    return own.length > 1 ? `${label}=~${quoted(own.map(escaped).join("|"))}` : `${label}=${quoted(own[0] ?? "")}`;
  }
  const differing = apart.map((index) => shape.labels[index] ?? "");
  const named = "by" in piece ? [...piece.by, ...differing] : less(new Set(piece.without), differing);
  return [...new Set(named)].map(labelText).join(",");
}

function escaped(value: string): string {
  return value.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

function split<S extends GroupSample>(
  samples: readonly S[],
  members: readonly Member[],
  shape: Shape,
  apart: readonly number[],
): { members: S[][]; strangers: number } {
  const found = members.map((): S[] => []);
  const places = new Map<string, number[]>();
  for (const [place, { values }] of members.entries()) {
    const key = JSON.stringify(apart.map((index) => values[index]));
    places.set(key, [...(places.get(key) ?? []), place]);
  }
  let strangers = 0;
  for (const sample of samples) {
    const key = JSON.stringify(apart.map((index) => sample.labels[shape.labels[index] ?? ""]));
    const own = places.get(key) ?? [];
    if (own.length === 0) strangers++;
    for (const place of own) found[place]?.push(alone(sample, members[place], shape));
  }
  if (shape.otherwise !== undefined)
    for (const own of found) if (own.length === 0) own.push({ labels: {}, value: shape.otherwise } as S);
  return { members: found, strangers };
}

/** A sample with the labels that it has when its member is asked alone. */
function alone<S extends GroupSample>(sample: S, member: Member | undefined, shape: Shape): S {
  const labels = Object.fromEntries(Object.entries(sample.labels).filter(([label]) => !shape.labels.includes(label)));
  for (const label of shape.kept) labels[label] = member?.values[shape.labels.indexOf(label)] ?? "";
  return { ...sample, labels };
}
