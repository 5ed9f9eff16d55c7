import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { type InputError, refuse } from "./inputErrors";

const inputError: InputError = {
  path: "maxReplicas",
  code: "ASM_COUNT_INVALID",
  message: "0 is too few",
  remedy: "Use 1",
};

test("without input errors nothing is thrown", () => {
  expect(() => refuse("TrafficAutoscaler", [])).not.toThrow();
});

test("all errors are thrown at once, in one message for each language", () => {
  const drawing: InputError = {
    path: "metrics[0].query",
    code: "ASM_QUERY_INVALID",
    message: "unexpected )\nsum(\n    ^",
    remedy: "Close it",
  };
  let thrown: unknown;
  try {
    refuse('TrafficAutoscaler "podinfo"', [inputError, drawing]);
  } catch (error) {
    thrown = error;
  }
  expect(pulumi.InputPropertiesError.isInstance(thrown)).toBe(true);
  expect(pulumi.RunError.isInstance(thrown)).toBe(true); // or a Node.js program would print its stack
  expect(thrown).toMatchObject({
    message: [
      'TrafficAutoscaler "podinfo": 2 arguments are wrong:',
      "  maxReplicas: ASM_COUNT_INVALID: 0 is too few. Use 1.",
      "  metrics[0].query: ASM_QUERY_INVALID: unexpected ). Close it.",
      "    sum(",
      "        ^",
    ].join("\n"),
  });
});
