import { expect, test } from "@jest/globals";
import { parseFlags } from "./flags.ts";

const FILE = "--prometheus-adapter-config=/rules/config.yaml";

test("the relist interval is prometheus-adapter's, and series are listed as far back", () => {
  expect(parseFlags([FILE])).toMatchObject({
    prometheusAdapterConfig: "/rules/config.yaml",
    areRulesForBoth: false,
    metricsRelistMs: 600_000,
    metricsMaxAgeMs: 600_000,
  });
  expect(parseFlags([FILE, "--metrics-relist-interval=1m"])).toMatchObject({ metricsMaxAgeMs: 60_000 });
  expect(parseFlags([]).prometheusAdapterConfig).toBeUndefined();
});

test.each([
  [["--metrics-relist-interval=1m"], "--metrics-relist-interval need --prometheus-adapter-config"],
  [["--prometheus-adapter-rules-for-both"], "--prometheus-adapter-rules-for-both need"],
  [[FILE, "--metrics-relist-interval=1s"], "--metrics-relist-interval is shorter than 5s"],
  [[FILE, "--metrics-max-age=1m"], "--metrics-max-age is shorter than --metrics-relist-interval"],
])("%j is a mistake", (argv, message) => {
  expect(() => parseFlags(argv)).toThrow(message);
});
