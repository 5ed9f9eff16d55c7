import { readFileSync } from "node:fs";
import { join } from "node:path";

/** An argument or a part of one in `schema.json`, as far as its form is checked. */
export interface Property {
  readonly type?: string;
  readonly $ref?: string;
  readonly items?: Property;
  readonly additionalProperties?: Property;
  /** Whether an Output is not allowed, because the value decides which resources there are. */
  readonly plain?: boolean;
}

/** A type that arguments use: an object or an enum. */
export interface NamedType {
  readonly properties?: Readonly<Record<string, Property>>;
  readonly enum?: readonly { readonly value: string }[];
}

/** The part of a Pulumi package schema that describes arguments. https://www.pulumi.com/docs/iac/packages-and-automation/pulumi-packages/schema/ */
interface ArgumentSchema {
  readonly resources: Readonly<Record<string, { readonly inputProperties?: Readonly<Record<string, Property>> }>>;
  readonly types: Readonly<Record<string, NamedType>>;
}

const TYPES = "#/types/";
let loaded: ArgumentSchema | undefined;

/**
 * The schema of all arguments. It is inferred from their TypeScript types, and a test compares the two. So a program
 * without types is checked against the same types as one with them.
 */
function schema(): ArgumentSchema {
  loaded ??= JSON.parse(readFileSync(join(__dirname, "../../schema.json"), "utf8")) as ArgumentSchema;
  return loaded;
}

/** Names of all components. */
export function componentNames(): string[] {
  return Object.keys(schema().resources).map((token) => token.slice(token.lastIndexOf(":") + 1));
}

/** The arguments of a component, such as `MetricsAdapter`, in the order of their declaration. */
export function argumentsOf(component: string): Readonly<Record<string, Property>> {
  return schema().resources[`asm-autoscaler:index:${component}`]?.inputProperties ?? {};
}

/** The named type of an argument. Undefined for a type of another package, such as a Deployment. */
export function namedType(ref: string): NamedType | undefined {
  return ref.startsWith(TYPES) ? schema().types[ref.slice(TYPES.length)] : undefined;
}
