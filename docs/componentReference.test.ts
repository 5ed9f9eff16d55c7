import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { componentReference } from "./componentReference";

const page = join(__dirname, "reference/components.md");
const schema = JSON.parse(readFileSync(join(__dirname, "../packages/asm-autoscaler/schema.json"), "utf8"));

// Guards that the page says what the docstrings say. After a change of the schema: WRITE_SCHEMA=1 npm run test:unit
test("the reference of components is the one of the committed schema", () => {
  const made = componentReference(schema);
  if (process.env["WRITE_SCHEMA"] === "1") writeFileSync(page, made);
  expect(readFileSync(page, "utf8")).toBe(made);
});

test("every argument and output has its sentence", () => {
  const silent = Object.entries<Record<string, Record<string, { description?: string }>>>(schema.resources).flatMap(
    ([token, { inputProperties = {}, properties = {} }]) =>
      Object.entries({ ...inputProperties, ...properties })
        .filter(([, { description = "" }]) => !/[.!?]$/.test(description.trim()))
        .map(([name]) => `${token}.${name}`),
  );
  expect(silent).toEqual([]);
});
