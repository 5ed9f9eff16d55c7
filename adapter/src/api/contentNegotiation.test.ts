import { expect, test } from "@jest/globals";
import { negotiate, type Transformation, wantsPretty } from "./contentNegotiation.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const TABLE_1BETA1 = "application/json;as=Table;v=v1beta1;g=meta.k8s.io";
const DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** What is written for a header: `json`, `yaml`, with what is asked for; `none` where nothing is acceptable. */
function written(header: string | undefined, known: readonly Transformation[]): string {
  const found = negotiate(header, known);
  if (!found) return "none";
  return [found.type.slice("application/".length), ...(found.as ? [found.as.kind, found.as.version] : [])].join(" ");
}

test.each([
  [undefined, "json"],
  ["", "json"],
  ["*/*", "json"],
  ["application/*", "json"],
  ["application/json", "json"],
  ["APPLICATION/JSON; charset=utf-8", "json"],
  ["application/json;q=0.5", "json"],
  ["application/json;q=0", "none"],
  ["application/json;q=0.5, application/yaml", "yaml"],
  ["application/*, application/yaml", "yaml"],
  ["application/yaml;q=0.1, */*;q=0.2", "json"],
  ["application/json;stream=watch", "json"],
  ["application/json;stream=other", "none"],
  ["application/yaml", "yaml"],
  ["application/vnd.kubernetes.protobuf, */*", "json"],
  ["application/vnd.kubernetes.protobuf", "none"],
  ["text/html", "none"],
  ["text/*", "none"],
  [`${TABLE},application/json`, "json"],
  [TABLE, "none"],
  [DISCOVERY, "none"],
])("Accept: %s", (header, expected) => {
  expect(written(header, [])).toBe(expected);
});

test.each([
  [`${TABLE},${TABLE_1BETA1},application/json`, "json Table v1"],
  [`${TABLE_1BETA1},application/json`, "json Table v1beta1"],
  ["application/json;as=Table;v=v2;g=meta.k8s.io,application/json", "json"],
  ["application/json;as=Table;v=v1;g=other", "none"],
  ["application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io", "none"],
  ["application/yaml;as=Table;v=v1;g=meta.k8s.io", "yaml Table v1"],
])("where a table is known, Accept: %s", (header, expected) => {
  expect(written(header, ["Table"])).toBe(expected);
});

test.each([
  [DISCOVERY, "json APIGroupDiscoveryList v2"],
  [`${DISCOVERY},${DISCOVERY.replace("v2", "v2beta1")},application/json`, "json APIGroupDiscoveryList v2"],
  [DISCOVERY.replace("v2", "v2beta1"), "none"],
  [DISCOVERY.replace("json", "yaml"), "none"],
])("where aggregated discovery is known, Accept: %s", (header, expected) => {
  expect(written(header, ["APIGroupDiscoveryList"])).toBe(expected);
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
