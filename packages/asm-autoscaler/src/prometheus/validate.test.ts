import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { recordStack } from "../../testing/recordStack";
import { MeshPrometheus, type MeshPrometheusArgs } from ".";

const refused = (args: MeshPrometheusArgs) => inputErrorsOf(() => new MeshPrometheus("mesh", args));

/** What a program without types may pass. */
const untyped = (args: unknown) => refused(args as MeshPrometheusArgs);

test("all errors at once, each with its path, before anything is registered", async () => {
  const stack = await recordStack(() =>
    expect(
      refused({
        namespace: "Istio System",
        scrapeIntervalSeconds: 0.5,
        expectedMeshPods: 0,
        retentionDays: -1,
        storageGiB: Number.NaN,
        storageClassName: "Fast Disk",
        grafana: true,
        grafanaPassword: "",
        imageRegistry: "https://registry.example",
        imagePullSecrets: ["right", "not right"],
      }),
    ).toEqual([
      ["namespace", "ASM_NAME_INVALID"],
      ["scrapeIntervalSeconds", "ASM_COUNT_INVALID"],
      ["expectedMeshPods", "ASM_COUNT_INVALID"],
      ["retentionDays", "ASM_COUNT_INVALID"],
      ["storageGiB", "ASM_COUNT_INVALID"],
      ["storageClassName", "ASM_NAME_INVALID"],
      ["grafanaPassword", "ASM_PASSWORD_EMPTY"],
      ["imageRegistry", "ASM_IMAGE_INVALID"],
      ["imagePullSecrets[1]", "ASM_NAME_INVALID"],
    ]),
  );
  expect(stack).toEqual([]);
});

test("a password without a Grafana, known or not", () => {
  expect(refused({ grafanaPassword: "x" })).toEqual([["grafanaPassword", "ASM_ARGUMENT_MISPLACED"]]);
  expect(refused({ grafana: false, grafanaPassword: pulumi.secret("x") })).toEqual([
    ["grafanaPassword", "ASM_ARGUMENT_MISPLACED"],
  ]);
});

test("what a program without types leaves out as null is left out", async () => {
  const left = {
    namespace: null,
    expectedMeshPods: null,
    storageGiB: null,
    storageClassName: null,
    grafanaPassword: null,
  };
  const stack = await recordStack(() =>
    expect(untyped({ ...left, imageRegistry: null, imagePullSecrets: null })).toEqual([]),
  );
  expect(stack).toHaveLength(9);
});

test("whether there is a Grafana may not come late", () => {
  expect(untyped({ grafana: pulumi.output(true) })).toEqual([["grafana", "ASM_ARGUMENT_LATE"]]);
});
