import * as pulumi from "@pulumi/pulumi";

/** The property path and the code of each error that a construction is refused for, as the lines of its message say. */
export function inputErrorsOf(construct: () => unknown): [path: string, code: string][] {
  try {
    construct();
  } catch (error) {
    if (!pulumi.InputPropertiesError.isInstance(error)) throw error;
    return Array.from(error.message.matchAll(/^ {2}(\S.*?): (ASM_\w+): /gm), ([, path = "", code = ""]) => [
      path,
      code,
    ]);
  }
  return [];
}
