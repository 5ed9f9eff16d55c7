import { later, now } from "./later";
import type { Mistake } from "./mistake";

/**
 * The mistake (none or one) of an argument that decides which resources exist, when a program without types takes it
 * from another resource: a preview could not say what there will be.
 */
export function plainMistakes(path: string, value: unknown): Mistake[] {
  if (now(value) !== later) return [];
  return [
    {
      path,
      code: "ASM_ARGUMENT_LATE",
      message: `${path} decides which resources there are, and is not known before another resource is made`,
      remedy: "Give a plain value, such as one of the stack's configuration",
    },
  ];
}
