import { readFileSync } from "node:fs";
import type { Json } from "../providerProtocol/json.ts";

/**
 * How a property looks in Pulumi. An `object` is a Terraform block of at most one, a `single` a Terraform list of at most
 * one scalar, which Pulumi both shows without the list.
 */
type FieldType = "string" | "number" | "boolean" | "map" | "list" | "set" | "object" | "single";

/** One property of a resource or of a block in it, as the real provider declares it. */
export interface Field {
  readonly type: FieldType;
  /** Type of the elements of a list, set or single of scalars. */
  readonly element?: "string" | "number" | "boolean";
  /** Properties of an object, or of each element of a list or set. */
  readonly fields?: Fields;
  readonly required?: boolean;
  readonly optional?: boolean;
  /** The provider gives a value where the program gives none. */
  readonly computed?: boolean;
  /** A change needs a new resource. */
  readonly forceNew?: boolean;
  readonly sensitive?: boolean;
  readonly deprecated?: boolean;
  /** The provider hides some differences of it; here: that the program leaves it out. */
  readonly suppressed?: boolean;
  readonly default?: Json;
  readonly maxItems?: number;
  readonly minItems?: number;
  /** Names of properties of the resource. */
  readonly conflictsWith?: readonly string[];
  readonly exactlyOneOf?: readonly string[];
  readonly oneOf?: readonly string[];
  readonly between?: readonly [number, number];
  /** The resource's Read sets it from what the cloud answers. */
  readonly readBack?: boolean;
}

export type Fields = Readonly<Record<string, Field>>;

interface ResourceSchema {
  /** Its name in Terraform. */
  readonly terraform: string;
  readonly fields: Fields;
}

// The file is ours and its test compares it with the SDK; nobody else writes it.
const resources = JSON.parse(readFileSync(new URL("schema.json", import.meta.url), "utf8")) as Readonly<
  Record<string, ResourceSchema>
>;

/** Type tokens of all resources, such as `alicloud:vpc/network:Network`. */
export const resourceTypes: readonly string[] = Object.keys(resources);

/**
 * The properties of a resource.
 * @param type Its type token.
 * @throws Error for a resource that the stand-in does not know.
 */
export function resourceFields(type: string): Fields {
  const found = Object.hasOwn(resources, type) ? resources[type] : undefined;
  if (found === undefined) {
    throw new Error(
      `ASM_STAND_IN_NO_RESOURCE: The stand-in alicloud provider knows no ${type}. Add it to cloudProvider/schema.json.`,
    );
  }
  return found.fields;
}

/** True for a property that only the provider sets. */
export function isOutputOnly(field: Field): boolean {
  return field.computed === true && field.optional !== true && field.required !== true;
}

/** The name that Pulumi gives by itself when the program gives none; the bridge does so for `name`, unless deprecated. */
export function isAutonamed(name: string, field: Field): boolean {
  return name === "name" && !isOutputOnly(field) && (field.deprecated !== true || field.required === true);
}
