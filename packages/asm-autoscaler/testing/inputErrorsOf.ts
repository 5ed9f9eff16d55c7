import * as pulumi from "@pulumi/pulumi";

/** The property path and the code of each error that a construction is refused for. */
export function inputErrorsOf(construct: () => unknown): [path: string, code: string][] {
  try {
    construct();
  } catch (error) {
    if (!pulumi.InputPropertiesError.isInstance(error)) throw error;
    return error.errors.map(({ propertyPath, reason }) => [propertyPath, reason.slice(0, reason.indexOf(":"))]);
  }
  return [];
}
