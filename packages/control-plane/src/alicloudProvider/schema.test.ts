import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { type Fields, resourceFields, resourceTypes } from "./schema.ts";
import { serverOf } from "./servers/index.ts";

/** The typings of a resource of @pulumi/alicloud, as text. */
const typings = (type: string): string => {
  const [, file] = type.split(":");
  return readFileSync(fileURLToPath(import.meta.resolve(`@pulumi/alicloud/${file}.js`)).replace(/js$/, "d.ts"), "utf8");
};

const block = (text: string, head: string): string => text.split(head)[1]?.split("\n}")[0] ?? "";

test("every property has the name and the list or no list of the SDK", () => {
  const differences: string[] = [];
  for (const type of resourceTypes) {
    const name = type.split(":")[2];
    const state = block(typings(type), `export interface ${name}State {`);
    for (const [property, field] of Object.entries(resourceFields(type))) {
      const declared = new RegExp(`^    ${property}\\?: (.*)`, "m").exec(state)?.[1];
      const isList = field.type === "list" || field.type === "set";
      if (declared === undefined) differences.push(`${type} has no ${property}`);
      else if (declared.includes("[]") !== isList) differences.push(`${type} ${property}: ${declared}`);
    }
  }
  expect(differences).toEqual([]);
});

test.each(resourceTypes)("what the SDK requires of %s is required, except a name that Pulumi gives", (type) => {
  const args = block(typings(type), `export interface ${type.split(":")[2]}Args {`);
  const sdk = [...args.matchAll(/^ {4}(\w+): /gm)].map(([, property]) => property);
  const ours = Object.entries(resourceFields(type)).filter(([name, { required }]) => required && name !== "name");
  expect(ours.map(([name]) => name).sort()).toEqual(sdk.sort());
});

test("every resource has a service that makes it", () => {
  expect(resourceTypes).toHaveLength(22);
  for (const type of resourceTypes) expect(() => serverOf(type)).not.toThrow();
});

test("a service chooses only properties that the resource has", () => {
  const access = { server: "https://192.0.2.1:6443", clusterCertificate: "", clientCertificate: "", clientKey: "" };
  const cloud = {
    objects: () => [],
    get: () => undefined,
    put: () => {},
    remove: () => {},
    newId: () => "",
    call: () => {},
    calls: () => [],
  };
  for (const type of resourceTypes) {
    const making = { id: "c0:np0", inputs: { enableRrsa: true, controlPlaneLogComponents: [] }, cloud, access };
    const { choices, facts } = serverOf(type);
    const said = { ...choices?.(making), ...facts?.(making) };
    expect([type, unknownNames(resourceFields(type), said)]).toEqual([type, []]);
  }
});

function unknownNames(fields: Fields, values: object): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const field = fields[name];
    if (field === undefined) return [name];
    const isBlock = field.type === "object" && typeof value === "object";
    return isBlock ? unknownNames(field.fields ?? {}, value).map((inner) => `${name}.${inner}`) : [];
  });
}

test("names a resource that it does not know", () => {
  expect(() => resourceFields("alicloud:oss/bucket:Bucket")).toThrow("ASM_STAND_IN_NO_RESOURCE");
});
