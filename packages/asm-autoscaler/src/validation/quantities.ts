import { parseQuantity } from "@asm-autoscaler/hpa-metrics";
import { entryPath, type InputError } from "./inputErrors";
import { plain, UNKNOWN } from "./inputs";

/** Errors of the CPU and memory of a container that are not quantities. */
export function resourceErrors(path: string, resources: unknown): InputError[] {
  const known: unknown = plain(resources);
  if (known === UNKNOWN || typeof known !== "object" || known === null) return [];
  const { limits, requests } = known as Readonly<Record<string, unknown>>;
  return Object.entries({ limits, requests }).flatMap(([kind, map]) =>
    Object.entries(map ?? {}).flatMap(([name, value]) =>
      isQuantity(value)
        ? []
        : {
            path: entryPath(`${path}.${kind}`, name),
            code: "ASM_QUANTITY_INVALID" as const,
            message: `${JSON.stringify(value)} is not a quantity of ${name}`,
            remedy: "Write a number with at most one suffix, such as 500m or 1Gi",
          },
    ),
  );
}

function isQuantity(value: unknown): boolean {
  try {
    return typeof value === "string" && parseQuantity(value).milli >= 0n;
  } catch {
    return false;
  }
}
