import type { PackageSpec } from "@pulumi/pulumi/provider/experimental/schema";

/** A property as the schema has it: of arguments, of outputs, or inside a type. */
interface Property {
  readonly type?: string;
  readonly $ref?: string;
  readonly items?: Property;
  readonly additionalProperties?: Property;
  readonly description?: string;
  readonly plain?: boolean;
}

interface Shape {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Property>>;
  readonly required?: readonly string[];
  readonly enum?: readonly { readonly name?: string; readonly value: string | number; readonly description?: string }[];
}

interface Component extends Shape {
  readonly inputProperties?: Readonly<Record<string, Property>>;
  readonly requiredInputs?: readonly string[];
}

/**
 * The reference of all components as Markdown, from the schema that is inferred from their docstrings: what each does,
 * its arguments and its outputs, and the types and enums they name.
 */
export function componentReference(schema: PackageSpec): string {
  const components = Object.entries((schema.resources ?? {}) as Record<string, Component>).sort(byName);
  const types = Object.entries((schema.types ?? {}) as Record<string, Shape>).sort(byName);
  return `${[
    "# Components",
    "<!-- Made from the docstrings of packages/asm-autoscaler by docs/componentReference.ts. Do not edit. -->",
    "An argument in **bold** is required. If an argument is required only in some cases, such as for a new cluster, its " +
      "description says so. An argument takes a value or an Output, unless its type says *plain*: then it takes only a value.",
    components.map(([token]) => `- [${nameOf(token)}](#${nameOf(token).toLowerCase()})`).join("\n"),
    ...components.flatMap(([token, component]) => componentSection(nameOf(token), component)),
    "# Types",
    ...types.flatMap(([token, type]) => typeSection(nameOf(token), type)),
  ].join("\n\n")}\n`;
}

function componentSection(name: string, component: Component): string[] {
  const inputs = component.inputProperties ?? {};
  return [
    `## ${name}`,
    sentence(component.description),
    ...table("argument", inputs, component.requiredInputs ?? []),
    ...table("output", component.properties ?? {}, Object.keys(component.properties ?? {})),
  ];
}

function typeSection(name: string, type: Shape): string[] {
  return [
    `## ${name}`,
    ...(type.description === undefined ? [] : [sentence(type.description)]),
    ...(type.enum === undefined ? properties(type) : [enumTable(type.enum)]),
  ];
}

/** Properties that the package of another resource describes are only named. */
function properties(type: Shape): string[] {
  const all = Object.entries(type.properties ?? {});
  if (!all.every(([, { $ref, description }]) => $ref === ANY && description === undefined)) {
    return table("property", type.properties ?? {}, type.required ?? []);
  }
  return [`Properties, all optional: ${all.map(([name]) => `\`${name}\``).join(", ")}.`];
}

const ANY = "pulumi.json#/Any";

/** Names that need no description, such as those of operating systems, have none. */
function enumTable(values: NonNullable<Shape["enum"]>): string {
  const described = values.some(({ description }) => description !== undefined);
  const rows = values.map(({ name, value, description }) => [
    `\`${name ?? value}\``,
    `\`${JSON.stringify(value)}\``,
    ...(described ? [cell(description)] : []),
  ]);
  const head = ["name", "value", ...(described ? ["description"] : [])];
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** Names of what must be given are bold. */
function table(what: string, properties: Readonly<Record<string, Property>>, required: readonly string[]): string[] {
  const rows = Object.entries(properties).map(([name, property]) => {
    const shown = required.includes(name) && what !== "output" ? `**\`${name}\`**` : `\`${name}\``;
    return `| ${shown} | ${typeText(property)}${property.plain === true ? ", plain" : ""} | ${cell(property.description)} |`;
  });
  return rows.length === 0 ? [] : [[`| ${what} | type | description |`, "| --- | --- | --- |", ...rows].join("\n")];
}

function typeText(property: Property): string {
  if (property.items !== undefined) return `list of ${typeText(property.items)}`;
  if (property.additionalProperties !== undefined) return `map of ${typeText(property.additionalProperties)}`;
  if (property.$ref === undefined) return property.type ?? "any";
  const name = nameOf(property.$ref);
  return property.$ref.startsWith("#/types/") ? `[${name}](#${name.toLowerCase()})` : name;
}

/** `asm-autoscaler:index:MeshNetwork` and `#/types/asm-autoscaler:index:MeshNetworkZoneArgs` to their last part. */
function nameOf(token: string): string {
  return token.split(/[:/]/).at(-1) ?? token;
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return nameOf(a).localeCompare(nameOf(b));
}

function sentence(text: string | undefined): string {
  return (text ?? "").replaceAll("\n", " ").trim();
}

function cell(text: string | undefined): string {
  return sentence(text).replaceAll("|", "\\|");
}
