import * as pulumi from "@pulumi/pulumi";

/** Placeholder for a value that is not known yet: an Output or a Promise. */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** An argument as far as it is known before anything is registered: its value, or `UNKNOWN`. */
export type Known<T> = T | typeof UNKNOWN;

/** The value of a plain argument, or `UNKNOWN` for an Output or a Promise. */
export function knownValue<T>(input: pulumi.Input<T>): Known<T> {
  return pulumi.Output.isInstance(input) || input instanceof Promise ? UNKNOWN : (input as T);
}

/** The entries of a list as far as they are known. None if the list is not set. */
export function knownEntries<T>(list: pulumi.Input<pulumi.Input<T>[]> | undefined): Known<readonly Known<T>[]> {
  const known = knownValue(list ?? []);
  return known === UNKNOWN ? UNKNOWN : known.map((entry) => knownValue(entry));
}

/** Whether an argument is set. Programs without types may pass null for an argument that is not set. */
export function isGiven<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}

/** The arguments that are set, to spread into the inputs of a resource. */
export function onlyGiven<T extends object>(args: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  const given: { [Name in keyof T]?: NonNullable<T[Name]> } = {};
  for (const name in args) if (isGiven(args[name])) given[name] = args[name];
  return given;
}

/**
 * The arguments of a component when all of them are known, validated again. This is where arguments that come from
 * other resources are validated, most of them still during the preview.
 */
export function settled<T>(
  args: T,
  validate: (known: pulumi.Unwrap<T>) => pulumi.Unwrap<T>,
): pulumi.Output<pulumi.Unwrap<T>> {
  return pulumi.output(args).apply(validate);
}

/** Whether a value is known: no part of it is an Output, a Promise or a resource. */
export function isPlain(value: unknown): boolean {
  if (pulumi.Output.isInstance(value) || value instanceof Promise || pulumi.Resource.isInstance(value)) return false;
  return typeof value !== "object" || value === null || Object.values(value).every(isPlain);
}

/** The value if all of it is known, else `UNKNOWN`. null counts as not set. */
export function plain<T>(input: T | undefined): Known<pulumi.Unwrap<T> | undefined> {
  if (!isGiven(input)) return undefined;
  return isPlain(input) ? (input as pulumi.Unwrap<T>) : UNKNOWN;
}

/** The option of a resource that Pulumi must not delete or replace. Without protection, that of the parent applies. */
export function protection(isProtected: boolean): { protect?: true } {
  return isProtected ? { protect: true } : {};
}
