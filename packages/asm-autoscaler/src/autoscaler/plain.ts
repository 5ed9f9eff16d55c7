import * as pulumi from "@pulumi/pulumi";
import { isGiven } from "../arguments/given";
import { later, type Now } from "../arguments/later";

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
