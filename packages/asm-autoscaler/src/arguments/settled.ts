import * as pulumi from "@pulumi/pulumi";

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
