import * as pulumi from "@pulumi/pulumi";

/** Stands for a value that the engine will know only later: an Output or a Promise. */
export const later: unique symbol = Symbol("known later");

/** An argument as far as it can be judged before anything is registered. */
export type Now<T> = T | typeof later;

/** The value of a plain argument, or `later`. */
export function now<T>(input: pulumi.Input<T>): Now<T> {
  return pulumi.Output.isInstance(input) || input instanceof Promise ? later : (input as T);
}
