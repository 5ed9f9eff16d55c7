import * as pulumi from "@pulumi/pulumi";

/** Stands for a value that the engine will know only later: an Output or a Promise. */
export const later: unique symbol = Symbol("known later");

/** An argument as far as it can be judged before anything is registered. */
export type Now<T> = T | typeof later;

/** The value of a plain argument, or `later`. */
export function now<T>(input: pulumi.Input<T>): Now<T> {
  return pulumi.Output.isInstance(input) || input instanceof Promise ? later : (input as T);
}

/** Whether an argument is given; a program without types may leave one out as null. */
export function isGiven<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}

/** Those of some arguments that are given, to be spread into the inputs of a resource. */
export function onlyGiven<T extends object>(args: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  const given: { [Name in keyof T]?: NonNullable<T[Name]> } = {};
  for (const name in args) if (isGiven(args[name])) given[name] = args[name];
  return given;
}

/**
 * The arguments of a component when all of them are known, checked once more. What comes from another resource is
 * checked here, which for most of it is still the preview.
 */
export function settled<T>(args: T, check: (known: pulumi.Unwrap<T>) => void): pulumi.Output<pulumi.Unwrap<T>> {
  return pulumi.output(args).apply((known) => {
    check(known);
    return known;
  });
}

/** Whether a value can be read now: no part of it is an Output, a Promise or a resource. */
export function isPlain(value: unknown): boolean {
  if (pulumi.Output.isInstance(value) || value instanceof Promise || pulumi.Resource.isInstance(value)) return false;
  return typeof value !== "object" || value === null || Object.values(value).every(isPlain);
}

/** The value when all of it can be read now, else `later`; what is null was not given. */
export function plain<T>(input: T | undefined): Now<pulumi.Unwrap<T> | undefined> {
  if (!isGiven(input)) return undefined;
  return isPlain(input) ? (input as pulumi.Unwrap<T>) : later;
}

/** A copy without the properties that are null, in all depths. */
export function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map((entry) => withoutNulls(entry)) as T;
  if (typeof value !== "object" || value === null || !isPlain(value)) return value;
  const entries = Object.entries(value).filter(([, property]) => isGiven(property));
  return Object.fromEntries(entries.map(([key, property]) => [key, withoutNulls(property)])) as T;
}

/** The arguments without those that are null, as programs without types leave one out. */
export function given<T extends object>(args: T): T {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null)) as T;
}
