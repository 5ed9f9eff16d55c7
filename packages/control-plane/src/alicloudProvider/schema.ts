import { readFileSync } from "node:fs";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import type { Json } from "../providerProtocol/json.ts";

/**
 * The type of a property in Pulumi. An `object` is a Terraform block with at most one element. A `single` is a
 * Terraform list with at most one scalar. Pulumi shows both without the list.
 */
type FieldType = "string" | "number" | "boolean" | "map" | "list" | "set" | "object" | "single";

/** One property of a resource or of a block, as the real provider declares it. */
export interface Field {
  readonly type: FieldType;
  /** Type of the elements of a list, set or single of scalars. */
  readonly element?: "string" | "number" | "boolean";
  /** Properties of an object, or of each element of a list or set. */
  readonly fields?: Fields;
  readonly required?: boolean;
  readonly optional?: boolean;
  /** The provider sets a value if the program sets none. */
  readonly computed?: boolean;
  /** A change needs a new resource. */
  readonly forceNew?: boolean;
  readonly sensitive?: boolean;
  readonly deprecated?: boolean;
  /**
   * The provider hides some differences of the property. The stand-in hides only one: the program does not set the
   * property.
   */
  readonly suppressed?: boolean;
  readonly default?: Json;
  readonly maxItems?: number;
  readonly minItems?: number;
  /** Names of properties of the resource. */
  readonly conflictsWith?: readonly string[];
  readonly exactlyOneOf?: readonly string[];
  readonly oneOf?: readonly string[];
  readonly between?: readonly [number, number];
  /** The resource's Read sets it from the response of the cloud. */
  readonly readBack?: boolean;
}

export type Fields = Readonly<Record<string, Field>>;

interface ResourceSchema {
  /** Its name in Terraform. */
  readonly terraform: string;
  readonly fields: Fields;
}

// The file belongs to this repository and its test compares it with the SDK, so it needs no validation here.
const resources = JSON.parse(readFileSync(new URL("schema.json", import.meta.url), "utf8")) as Readonly<
  Record<string, ResourceSchema>
>;

/** Type tokens of all resources, such as `alicloud:vpc/network:Network`. */
export const resourceTypes: readonly string[] = Object.keys(resources);

/**
 * The properties of a resource.
 * @param type Its type token.
 * @throws Error for a resource that the stand-in does not have.
 */
export function resourceFields(type: string): Fields {
  const found = Object.hasOwn(resources, type) ? resources[type] : undefined;
  if (found === undefined) {
    throw new ProblemError(problem("ASM_STAND_IN_NO_RESOURCE", `The stand-in alicloud provider has no ${type}`));
  }
  return found.fields;
}

/** True for a property that only the provider sets. */
export function isOutputOnly(field: Field): boolean {
  return field.computed === true && field.optional !== true && field.required !== true;
}

/**
 * Reports whether Pulumi generates a value if the program sets none. The bridge does so for `name`, unless it is
 * deprecated.
 */
export function isAutonamed(name: string, field: Field): boolean {
  return name === "name" && !isOutputOnly(field) && (field.deprecated !== true || field.required === true);
}
