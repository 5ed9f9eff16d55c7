import { expect, test } from "@jest/globals";
import { readInstance } from "./lookUp";

const inside = { httpApiIntraUrl: "http://inside.example", httpApiInterUrl: "", authToken: "t" };

test("the URL inside the VPC or the public one, with the token", () => {
  expect(readInstance([inside], "c-1", false)).toEqual({ url: "http://inside.example", token: "t" });
  const both = { ...inside, httpApiInterUrl: "https://outside.example" };
  expect(readInstance([both], "c-1", true)).toEqual({ url: "https://outside.example", token: "t" });
});

test("no instance, or one without such a URL, is an error that says what to do", () => {
  expect(() => readInstance([], "c-1", false)).toThrow(
    "ASM_MANAGED_PROMETHEUS_MISSING: Alibaba Cloud returns no HTTP API URL for the Prometheus of cluster c-1. Wait until",
  );
  expect(() => readInstance([inside], "c-1", true)).toThrow(
    "returns no public HTTP API URL for the Prometheus of cluster c-1",
  );
});
