import { expect, test } from "@jest/globals";
import { acceptsJson, wantsPretty } from "./accept.ts";

test.each([
  [undefined, true],
  ["", true],
  ["*/*", true],
  ["application/*", true],
  ["application/json", true],
  ["APPLICATION/JSON; charset=utf-8", true],
  ["application/json;q=0.5", true],
  ["application/json;q=0", false],
  ["application/json;stream=watch", true],
  ["application/vnd.kubernetes.protobuf, */*", true],
  ["application/vnd.kubernetes.protobuf", false],
  ["text/html", false],
  ["text/*", false],
  ["application/json;as=Table;v=v1;g=meta.k8s.io,application/json", true],
  ["application/json;as=Table;v=v1;g=meta.k8s.io", false],
  ["application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", false],
])("Accept: %s", (header, expected) => {
  expect(acceptsJson(header)).toBe(expected);
});

test.each([
  [null, undefined, false],
  [null, "curl/8.14.1", true],
  ["false", "curl/8.14.1", false],
  ["1", "kubectl/v1.37.2", true],
  ["yes", undefined, false],
  [null, "not curl", false],
])("pretty=%s for %s", (pretty, agent, expected) => {
  expect(wantsPretty(pretty, agent)).toBe(expected);
});
