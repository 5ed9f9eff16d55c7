import { stringify } from "yaml";
import type { KubernetesObject } from "./objects.ts";

/**
 * Turns objects into Helm templates. The objects were made with placeholder values. `expressions` has the template
 * expression of each placeholder, and `optional` says which lines exist only under a condition: those that are missing
 * when the objects are made without the option.
 */
export interface TemplateRules {
  /** Patterns of placeholders in YAML, and what replaces them. */
  readonly expressions: readonly Expression[];
  readonly optional: readonly OptionalPart[];
}

/**
 * What replaces a placeholder. A function gets the match and the groups of the pattern, the first of which is the
 * indentation of a whole line.
 */
export type Expression = readonly [pattern: RegExp, text: string | ((match: string, indent: string) => string)];

/** Lines that exist only under a condition. */
export interface OptionalPart {
  /** The kinds of objects that the option changes. Absent: all. */
  readonly kinds?: readonly string[];
  /** The action that begins the lines, such as `if .Values.x`. */
  readonly action: string;
  /** The same objects without the option. */
  readonly without: readonly KubernetesObject[];
}

/** One line of a template, with the actions that it stands in. */
interface Line {
  readonly text: string;
  readonly actions: readonly string[];
}

/** The template of one object. */
export function templateOf(object: KubernetesObject, { expressions, optional }: TemplateRules): string {
  const lines = optional.reduce<readonly Line[]>(
    (all, part) => {
      if (part.kinds && !part.kinds.includes(object.kind)) return all;
      const other = part.without.find((one) => one.kind === object.kind && one.metadata.name === object.metadata.name);
      // An object that exists only with an option is wrapped as a whole, by the caller.
      return other ? merge(all, linesOf(other), part.action) : all;
    },
    linesOf(object).map((text) => ({ text, actions: [] })),
  );
  const text = withActions(lines).join("\n");
  return expressions.reduce(
    (done, [pattern, to]) => (typeof to === "string" ? done.replace(pattern, () => to) : done.replace(pattern, to)),
    text,
  );
}

/** YAML lines in which `{{` is text and not the start of an action. */
function linesOf(object: KubernetesObject): string[] {
  const text = stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
  return text.replace(/\{\{/g, '{{ "{{" }}').split("\n");
}

/** Puts the lines that `without` does not have into the action, and its own additional lines into the `else` branch. */
function merge(lines: readonly Line[], without: readonly string[], action: string): Line[] {
  const merged: Line[] = [];
  const common = commonLengths(
    lines.map(({ text }) => text),
    without,
  );
  let [at, other] = [0, 0];
  while (at < lines.length || other < without.length) {
    const [line, text] = [lines[at], without[other]];
    if (line && text !== undefined && line.text === text) {
      merged.push(line);
      at++;
      other++;
    } else if (line && (text === undefined || length(common, at + 1, other) >= length(common, at, other + 1))) {
      merged.push({ text: line.text, actions: [...line.actions, action] });
      at++;
    } else if (text !== undefined) {
      merged.push({ text, actions: [negated(action)] });
      other++;
    }
  }
  return merged;
}

function negated(action: string): string {
  if (!action.startsWith("if ")) throw new Error(`the action ${action} replaces lines and has no opposite`);
  const opposite = /^if not (\.\S+|\(.+\))$/.exec(action)?.[1];
  return opposite === undefined ? `if not (${action.slice(3)})` : `if ${opposite}`;
}

/** Lengths of the longest common subsequence of the rest of both lists, from each pair of positions. */
function commonLengths(a: readonly string[], b: readonly string[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const value =
        a[i] === b[j] ? length(table, i + 1, j + 1) + 1 : Math.max(length(table, i + 1, j), length(table, i, j + 1));
      (table[i] as number[])[j] = value;
    }
  }
  return table;
}

function length(table: readonly (readonly number[])[], i: number, j: number): number {
  return table[i]?.[j] ?? 0;
}

function withActions(lines: readonly Line[]): string[] {
  const result: string[] = [];
  let open: readonly string[] = [];
  for (const { text, actions } of [...lines, { text: undefined, actions: [] }]) {
    const kept = actions.findIndex((action, index) => open[index] !== action);
    const same = kept < 0 ? Math.min(actions.length, open.length) : kept;
    for (let closed = open.length; closed > same; closed--) result.push("{{- end }}");
    for (const action of actions.slice(same)) result.push(`{{- ${action} }}`);
    open = actions;
    if (text !== undefined) result.push(text);
  }
  return result;
}
