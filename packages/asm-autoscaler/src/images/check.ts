import { later, type Now } from "../arguments/later";
import type { Mistake } from "../arguments/mistake";

/** What people write into an image reference by mistake: white space, a scheme, a slash at the end. */
const NO_REFERENCE = /^$|\s|:\/\/|\/$/;

/** The mistake (none or one) of a reference to an image. */
export function imageMistakes(path: string, image: Now<string | undefined>): Mistake[] {
  return referenceMistakes(path, image, "image reference", "registry.example/team/adapter:1");
}

/** The mistake (none or one) of a registry that mirrors others. */
export function registryMistakes(path: string, registry: Now<string | undefined>): Mistake[] {
  return referenceMistakes(path, registry, "registry", "registry.example/mirror");
}

function referenceMistakes(path: string, reference: Now<string | undefined>, what: string, example: string): Mistake[] {
  if (reference === later || reference === undefined || !NO_REFERENCE.test(reference)) return [];
  return [
    {
      path,
      code: "ASM_IMAGE_INVALID",
      message: `${JSON.stringify(reference)} is no ${what}`,
      remedy: `Write it as a Pod does, without a scheme, such as ${example}`,
    },
  ];
}
