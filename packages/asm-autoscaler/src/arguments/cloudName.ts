import { later, type Now } from "./later";
import type { Mistake } from "./mistake";

/** What Alibaba Cloud takes as the name of a network, a switch or a cluster, in its strictest form. */
const CLOUD_NAME = /^\p{L}[-_.\p{L}\p{N}]*$/u;

/** The mistake (none or one) of a name that Alibaba Cloud would refuse only when the resource is made. */
export function cloudNameMistakes(path: string, value: Now<string | undefined>, longest: number): Mistake[] {
  if (value === later || value === undefined) return [];
  if (typeof value === "string" && value.length >= 2 && value.length <= longest && CLOUD_NAME.test(value)) return [];
  return [
    {
      path,
      code: "ASM_CLOUD_NAME_INVALID",
      message: `${JSON.stringify(value)} is not a name that Alibaba Cloud accepts here`,
      remedy: `Use 2 to ${longest} characters: a letter first, then letters, digits, '-', '_' and '.'`,
    },
  ];
}
