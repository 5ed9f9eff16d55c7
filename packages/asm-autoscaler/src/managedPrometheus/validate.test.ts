import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { recordStack } from "../../testing/recordStack";
import { settled } from "../validation/inputs";
import { ManagedPrometheus, type ManagedPrometheusArgs } from ".";
import { validateManagedPrometheus } from "./validate";

const refused = (args: ManagedPrometheusArgs) => inputErrorsOf(() => new ManagedPrometheus("arms", args));
const url = "http://arms.example/api/v1/prometheus/capability";

test("all errors at once, each with its path, before anything is registered", async () => {
  const stack = await recordStack(() =>
    expect(
      refused({
        installAddon: true,
        url: "arms.example",
        publicUrl: true,
        authorization: "token\n",
        basicAuth: { username: "u", password: "p" },
        namespace: "Arms Prom",
        grafanaPassword: "secret",
      }),
    ).toEqual([
      ["clusterId", "ASM_ARGUMENT_MISSING"],
      ["publicUrl", "ASM_ARGUMENT_MISPLACED"],
      ["url", "ASM_URL_INVALID"],
      ["authorization", "ASM_HEADER_INVALID"],
      ["basicAuth", "ASM_AUTHORIZATION_TWICE"],
      ["namespace", "ASM_NAME_INVALID"],
      ["grafanaPassword", "ASM_ARGUMENT_MISPLACED"],
    ]),
  );
  expect(stack).toEqual([]);
});

test("the URL comes from exactly one place", () => {
  expect(refused({})).toEqual([["url", "ASM_ARGUMENT_MISSING"]]);
  expect(refused({ url, lookUp: true, clusterId: "c-1" })).toEqual([["url", "ASM_ARGUMENT_MISPLACED"]]);
  expect(refused({ lookUp: true })).toEqual([["clusterId", "ASM_ARGUMENT_MISSING"]]);
  expect(refused({ url })).toEqual([]);
});

test("what decides which resources there are cannot come from another resource", () => {
  const late: object = { scrapeEnvoy: pulumi.output(true), grafana: pulumi.output(false) };
  expect(refused({ url, ...late })).toEqual([
    ["scrapeEnvoy", "ASM_ARGUMENT_LATE"],
    ["grafana", "ASM_ARGUMENT_LATE"],
  ]);
});

test("half of the credentials of V2, in the words of these arguments", () => {
  const basicAuth: ManagedPrometheusArgs = JSON.parse('{ "basicAuth": { "username": "u" } }');
  expect(() => validateManagedPrometheus("arms", { url, ...basicAuth })).toThrow(
    "  basicAuth.password: ASM_ARGUMENT_MISSING: basicAuth.password is required.",
  );
});

test.each(["Sh0rt!", "alllowercaseletters", "lowercase-and-dash", "with Space 1", `${"Long-1".repeat(5)}!`])(
  "the Grafana password %j",
  (grafanaPassword) => {
    expect(refused({ url, grafana: true, grafanaPassword })).toEqual([["grafanaPassword", "ASM_GRAFANA_PASSWORD"]]);
    expect(() => validateManagedPrometheus("arms", { url, grafana: true, grafanaPassword })).not.toThrow(
      grafanaPassword,
    );
  },
);

test("a Grafana password that ARMS accepts", () => {
  for (const grafanaPassword of ["Correct-horse-1", "UPPER123lower", "A-1-b-2-C"]) {
    expect(refused({ url, grafana: true, grafanaPassword })).toEqual([]);
  }
});

test("what a program without types leaves out as null counts as left out", () => {
  const nothing: ManagedPrometheusArgs = JSON.parse(
    '{ "clusterId": null, "authorization": null, "basicAuth": null, "publicUrl": null, "namespace": null, "grafanaPassword": null }',
  );
  expect(refused({ ...nothing, url })).toEqual([]);
});

test("what is known only later is judged then", async () => {
  const args: ManagedPrometheusArgs = { url: pulumi.output("arms.example") };
  expect(() => validateManagedPrometheus("arms", args)).not.toThrow();
  const late = settled(args, (known) => validateManagedPrometheus("arms", known)).apply(() => "nothing");
  const said = await new Promise((resolve) => {
    pulumi.recover(late, (error) => error.message).apply(resolve);
  });
  expect(said).toMatch(/url: ASM_URL_INVALID/);
});
