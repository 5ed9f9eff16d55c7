import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { chartTemplates } from "./chart.ts";
import { installDirectYaml, installYaml, orderYaml, rulesYaml } from "./install.ts";

const here = (path: string) => join(__dirname, path);
const templates = "chart/asm-metrics-adapter/templates";

/** Compares a committed file. After a change of the component: WRITE_DEPLOY=1 npm run test:unit */
function compare(file: string, made: string): void {
  if (process.env["WRITE_DEPLOY"] === "1") writeFileSync(file, made);
  expect(readFileSync(file, "utf8")).toBe(made);
}

// Guards that who installs without Pulumi gets the objects of the component.
test("the chart's templates are made from the component", async () => {
  for (const { name, text } of await chartTemplates()) compare(here(`${templates}/${name}`), text);
});

test("install.yaml and install-direct.yaml are made from the component", async () => {
  compare(here("install.yaml"), await installYaml());
  compare(here("install-direct.yaml"), await installDirectYaml());
  expect(await installDirectYaml()).not.toContain("--prometheus");
});

test("the order to take over is made from the component", async () => {
  compare(here("take-over/order.yaml"), await orderYaml());
});

test("the custom metrics API for kustomize is made from the component", async () => {
  compare(here("prometheus-adapter-rules/api-services.yaml"), await rulesYaml());
});
