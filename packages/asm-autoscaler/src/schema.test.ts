import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "@jest/globals";
import { inferSchema } from "../testing/inferSchema";

const directory = join(__dirname, "..");
const committed = join(directory, "schema.json");

const components = [
  "AckCluster",
  "AsmInstance",
  "ManagedPrometheus",
  "MeshNamespace",
  "MeshNetwork",
  "MeshPrometheus",
  "MetricsAdapter",
  "OperatorPrometheus",
  "SampleWorkload",
  "TrafficAutoscaler",
  "QuickStart",
];

// The schema is what Python, Go and YAML programs see. A change of it is a change of the public interface, and must be
// seen in review. After a wanted change: WRITE_SCHEMA=1 npm run test:unit -- schema
test("the inferred schema is the committed one", () => {
  const inferred = `${JSON.stringify(inferSchema(directory, components), null, 2)}\n`;
  const read = () => JSON.parse(readFileSync(committed, "utf8"));
  // Not written without need, because other tests read it at the same time.
  if (process.env["WRITE_SCHEMA"] === "1" && !isDeepStrictEqual(read(), JSON.parse(inferred))) {
    writeFileSync(committed, inferred);
    execFileSync(join(directory, "../../node_modules/.bin/biome"), ["format", "--write", committed]);
  }
  expect(JSON.parse(inferred)).toEqual(read());
});
