import { blankErrors } from "./blanks";
import { type InputError, refuse } from "./inputErrors";
import { shapedArgs } from "./shape";

/**
 * Validates the arguments of a component as far as they are known: their form against the schema, and what the rules of
 * the component say.
 *
 * @param args null and undefined count as no arguments, because programs without types can pass them.
 * @returns a copy without nulls, with the same Outputs.
 * @throws pulumi.InputPropertiesError with all errors at once.
 */
export function validateArgs<Args extends object, T extends Args>(
  component: string,
  name: string,
  args: T | null | undefined,
  rules: (args: Args) => readonly InputError[],
): T {
  const shaped = shapedArgs(component, args);
  // What has the wrong form is an error already, and what the rules say about its place follows from that.
  const valid = shaped.args as T;
  const ruled = rules(valid).filter(({ path }) => !shaped.errors.some((error) => related(error.path, path)));
  // A rule that says more about an empty text comes first.
  const blank = blankErrors(component, valid).filter(({ path }) => !ruled.some((error) => related(error.path, path)));
  refuse(`${component} ${JSON.stringify(name)}`, [...shaped.errors, ...ruled, ...blank]);
  return valid;
}

/** Whether one path is the other or a part of it. */
function related(one: string, other: string): boolean {
  return isWithin(one, other) || isWithin(other, one);
}

function isWithin(outer: string, inner: string): boolean {
  return inner.startsWith(outer) && ["", ".", "["].includes(inner.charAt(outer.length));
}
