import { type Context, less, type Segment, type TemplatePart } from "./segments";
import { groupingLabels, type SyntaxNode, textOf } from "./tree";

/**
 * A binary operation in a grouped query.
 *
 * In the grouped query, samples of one instance must match exactly as they do in its own query, and must never match
 * samples of another instance. So the operation also matches on the split labels. This requires that in the instance's
 * own query both sides carry the same split labels. If only one side has lost a split label, the sides do not match in
 * the instance's own query, but they would match in the grouped query.
 */
export function binaryOperation(
  left: TemplatePart,
  right: TemplatePart,
  node: SyntaxNode,
  { text, labels }: Context,
): TemplatePart | undefined {
  const { children } = node;
  const operator = textOf(children[1] ?? node, text).toLowerCase();
  const bool = children.some(({ name }) => name === "BoolModifier") ? " bool" : "";
  const whole = (matching: readonly Segment[]): Segment[] => [
    ...left.segments,
    ` ${operator}${bool} `,
    ...matching,
    ...right.segments,
  ];
  if (left.type === "scalar") return { ...right, segments: whole([]) };
  if (right.type === "scalar") return { ...left, segments: whole([]) };

  const modifier = children.find(({ name }) => name === "MatchingModifierClause");
  if (modifier?.getChild("GroupLeft") || modifier?.getChild("GroupRight")) return undefined;
  if (children.some(({ name }) => name === "FillModifier")) return undefined;
  const isOn = Boolean(modifier?.getChild("On"));
  const named = groupingLabels(modifier, text);
  const decides = (label: string) => operator === "or" || named.includes(label) === isOn;
  if (labels.some((label) => decides(label) && left.kept.has(label) !== right.kept.has(label))) return undefined;

  const listed = isOn ? { by: named } : { without: named };
  const matching = modifier ? [isOn ? "on(" : "ignoring(", listed, ") "] : [];
  const matched = isOn ? named.filter((label) => left.carried.has(label)) : less(left.carried, named);
  const carried = new Set([...matched].filter((label) => right.carried.has(label)));
  return { type: "vector", segments: whole(matching), carried, ...resultLabels(left, right, operator, named, isOn) };
}

/**
 * The labels of the result. A set operation keeps its samples unchanged. Any other operation keeps the matched labels.
 */
function resultLabels(
  left: TemplatePart,
  right: TemplatePart,
  operator: string,
  named: readonly string[],
  isOn: boolean,
): Pick<TemplatePart, "kept" | "known"> {
  const { kept, known } = left;
  if (operator === "or")
    return { kept, ...(known && right.known ? { known: new Set([...known, ...right.known]) } : {}) };
  if (operator === "and" || operator === "unless") return { kept, ...(known ? { known } : {}) };
  if (isOn) return { kept: new Set(named.filter((label) => kept.has(label))), known: new Set(named) };
  const either = known ?? right.known;
  return { kept: less(kept, named), ...(either ? { known: less(either, named) } : {}) };
}
