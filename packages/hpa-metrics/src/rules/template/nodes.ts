/** A part of a parsed template. */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipeline: Pipeline }
  | { readonly kind: "break" | "continue" }
  | {
      readonly kind: "if" | "with" | "range";
      readonly pipeline: Pipeline;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    };

/** Commands of which each gets the value of the one before as its last argument. */
export interface Pipeline {
  /** Offset in the template. */
  readonly at: number;
  /** Names of the variables that get the value. In a `range` there can be two: the index and the element. */
  readonly variables: readonly string[];
  /** Whether the variable exists (`=`). Otherwise it is declared (`:=`). */
  readonly isAssignment: boolean;
  readonly commands: readonly Command[];
}

/** A value, or a function with its arguments. */
export type Command = { readonly at: number } & (
  | { readonly kind: "value"; readonly value: Operand }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Operand[] }
);

/** A value in a command. `names` are the fields that follow it, as in `$x.A.B`. */
export type Operand = { readonly at: number; readonly names: readonly string[] } & (
  | { readonly kind: "constant"; readonly value: string | number | boolean }
  | { readonly kind: "dot" }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "pipeline"; readonly pipeline: Pipeline }
);
