import { expect, test } from "@jest/globals";
import { isNodePod } from "./podLife.ts";

test.each([
  ["node:24", true],
  ["docker.io/library/node:24.21.0-alpine", true],
  ["registry.example.com:5000/library/node:24", true],
  ["docker.io/library/node@sha256:0f1e", true],
  ["node", false],
  ["prom/node-exporter:v1", false],
  ["node:24/other", false],
  ["my-node:24", false],
  ["stefanprodan/podinfo:6.5.4", false],
])("image %p is run as a process: %p", (image, expected) => {
  expect(isNodePod({ spec: { containers: [{ name: "c", image }] } })).toBe(expected);
});
