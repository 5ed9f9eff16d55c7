import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { pinned } from "../packages/asm-autoscaler/src/images/image";

test("the page about registries has every image that a component runs, and no other", () => {
  const page = readFileSync(join(__dirname, "how-to/images.md"), "utf8");
  const images = Object.values(pinned).map(({ registry, path }) => `${registry}/${path}`);
  const named = new Set(page.match(/\b(docker\.io|quay\.io|ghcr\.io)\/[\w./-]+:[\w.-]+/g));
  expect([...named].sort()).toEqual(images.sort());
});
