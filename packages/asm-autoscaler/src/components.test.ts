import "../testing/bundleFixture";
import { beforeAll, describe, expect, jest, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { inputErrorsOf } from "../testing/inputErrorsOf";
import { recordStack } from "../testing/recordStack";
import * as library from ".";
import { argumentsOf, componentNames, namedType, type Property } from "./validation/argumentSchema";

type Component = new (name: string, args?: unknown) => pulumi.ComponentResource;

// Warnings about what is accepted are not the subject here.
beforeAll(() => void jest.spyOn(pulumi.log, "warn").mockResolvedValue(undefined));

/** Properties of an argument that is an object, else undefined. */
const propertiesOf = ({ $ref }: Property) => ($ref === undefined ? undefined : namedType($ref)?.properties);

/** The argument with a part of it in place: in a list, in a map or as it is. */
function around(property: Property, part: (leaf: Property, path: string) => unknown, path: string): unknown {
  if (property.items !== undefined) return [around(property.items, part, `${path}[0]`)];
  if (property.additionalProperties !== undefined)
    return { key: around(property.additionalProperties, part, `${path}.key`) };
  return part(property, path);
}

/** Every argument, also of nested objects, as `make` makes it. A nested object is walked through. */
function everything(
  properties: Readonly<Record<string, Property>>,
  make: (property: Property, path: string, name: string) => Record<string, unknown>,
  prefix = "",
): Record<string, unknown> {
  return Object.assign(
    {},
    ...Object.entries(properties).map(([name, property]) => {
      const path = `${prefix}${name}`;
      const made = make(property, path, name);
      const nested = around(property, (leaf, place) => everything(propertiesOf(leaf) ?? {}, make, `${place}.`), path);
      return hasObject(property) ? { [name]: nested, ...made } : made;
    }),
  );
}

function hasObject(property: Property): boolean {
  const inner = property.items ?? property.additionalProperties;
  return inner === undefined ? propertiesOf(property) !== undefined : hasObject(inner);
}

/** A name that no argument has. */
const misspelt = (name: string) => `${name}z`;

/** A JSON value of another type than the argument's. */
function wrongFor({ type, items, additionalProperties, $ref }: Property): unknown {
  if (items !== undefined || additionalProperties !== undefined) return "x";
  if ($ref !== undefined) return 7;
  return type === "string" ? 7 : "10";
}

const jsonValues = [
  null,
  0,
  -1.5,
  "",
  "10",
  true,
  [],
  [null],
  ["x"],
  [[]],
  [{}],
  {},
  { key: null },
  { key: {} },
  { key: "x" },
];

describe.each(componentNames())("%s", (component) => {
  const Class: Component = Object(library)[component];
  const properties = argumentsOf(component);
  const errorsOf = (args: unknown) => inputErrorsOf(() => new Class("it", args));
  const codesOf = (args: unknown, code: string) =>
    errorsOf(args).flatMap(([path, found]) => (found === code ? path : []));

  test("without arguments names what is missing, or needs none", async () => {
    await recordStack(() => {
      for (const none of [undefined, null, {}]) {
        const codes = errorsOf(none).map(([, code]) => code);
        if (codes.length > 0) expect(codes).toContain("ASM_ARGUMENT_MISSING");
      }
    });
  });

  test("refuses every misspelt argument, nested ones too, all at once and with the right name", async () => {
    const paths: string[] = [];
    const args = everything(properties, (_, path, name) => {
      paths.push(path.slice(0, path.length - name.length) + misspelt(name));
      return { [misspelt(name)]: 1 };
    });
    await recordStack(() => {
      expect(codesOf(args, "ASM_ARGUMENT_UNKNOWN").sort()).toEqual(paths.sort());
      for (const name of Object.keys(properties).filter(({ length }) => length > 3))
        expect(() => new Class("it", { [misspelt(name)]: 1 })).toThrow(`did you mean ${name}?`);
    });
  });

  test("refuses every argument of another type, all at once and with its path", async () => {
    const paths: string[] = [];
    const wrong = (property: Property, path: string, name: string) => {
      const isEnum = property.$ref !== undefined && namedType(property.$ref)?.enum !== undefined;
      // An argument of another package's resource is not ours to judge.
      if (hasObject(property) || property.$ref === "pulumi.json#/Any") return {};
      if (!isEnum) paths.push(path);
      return { [name]: wrongFor(property) };
    };
    const args = everything(properties, wrong);
    await recordStack(() => expect(codesOf(args, "ASM_ARGUMENT_TYPE").sort()).toEqual(paths.sort()));
  });

  test("refuses every empty text, all at once", async () => {
    const paths: string[] = [];
    const args = everything(properties, ({ type, $ref, items }, path, name) => {
      const isList = items !== undefined && items.type === "string";
      if (isList) paths.push(`${path}[0]`);
      else if (type === "string" && $ref === undefined) paths.push(path);
      else return {};
      return { [name]: isList ? [" "] : " " };
    });
    await recordStack(() => {
      // An argument that has no effect beside others is refused as a whole.
      const refused = errorsOf(args).map(([path]) => path);
      expect(paths.filter((path) => !refused.some((outer) => path.startsWith(outer)))).toEqual([]);
    });
  });

  test("answers any JSON value in any place with an input error, or takes it", async () => {
    await recordStack(() => {
      for (const value of [...jsonValues, "text", 7, false]) expect(() => errorsOf(value)).not.toThrow();
      for (const value of jsonValues)
        everything(properties, (property, path, name) => {
          const top = path.split(/[.[]/)[0] ?? "";
          const args = {
            [top]: everything({ [top]: properties[top] ?? property }, (_, place) =>
              place === path ? { [name]: value } : {},
            )[top],
          };
          expect([path, value, kindOfError(() => errorsOf(args))]).toEqual([path, value, "none"]);
          return {};
        });
    });
  });
});

/** The name of an error that is not an input error, such as TypeError. */
function kindOfError(attempt: () => unknown): string {
  try {
    attempt();
    return "none";
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

test.each(["MetricsAdapter", "MeshPrometheus"] as const)(
  "%s refuses resources that are not quantities",
  (component) => {
    const resources = { requests: { cpu: "a lot", memory: "10Gi" }, limits: { memory: "-1" } };
    const Class: Component = Object(library)[component];
    const attempt = () => new Class("it", { prometheus: { url: "http://x" }, resources });
    const found = inputErrorsOf(attempt).filter(([, code]) => code === "ASM_QUANTITY_INVALID");
    expect(found.map(([path]) => path)).toEqual(["resources.limits.memory", "resources.requests.cpu"]);
  },
);

test("a number in quotes is named as what it is", () => {
  const attempt = () => new library.QuickStart("it", JSON.parse('{ "maxReplicas": "10" }'));
  expect(attempt).toThrow(
    'maxReplicas: ASM_ARGUMENT_TYPE: Expected a number, got the text "10". Write 10 without quotes.',
  );
});

test("a value that may be a secret is not repeated", () => {
  const args: library.MetricsAdapterArgs = JSON.parse(
    '{ "prometheus": { "url": "http://x", "authorization": 123456 } }',
  );
  const attempt = () => new library.MetricsAdapter("it", args);
  expect(attempt).toThrow("prometheus.authorization: ASM_ARGUMENT_TYPE: Expected a text, got a number");
  expect(attempt).not.toThrow("123456");
});
