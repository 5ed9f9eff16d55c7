import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { recordStack } from "../../testing/recordStack";
import { settled } from "../validation/inputs";
import { AsmInstance, type AsmInstanceArgs } from ".";
import { validateMesh } from "./validate";

const refused = (args: AsmInstanceArgs) => inputErrorsOf(() => new AsmInstance("asm", args));
/** Arguments as a program without types may write them. */
const untyped = (json: string): AsmInstanceArgs => JSON.parse(json);

test("all errors at once, each with its path, before anything is registered", async () => {
  const wrong = untyped('{ "vpcId": null, "edition": "pro", "prometheusUrl": "prometheus:9090" }');
  const stack = await recordStack(() =>
    expect(refused(wrong)).toEqual([
      ["edition", "ASM_CHOICE_UNKNOWN"],
      ["vpcId", "ASM_ARGUMENT_MISSING"],
      ["vswitchId", "ASM_ARGUMENT_MISSING"],
      ["clusterId", "ASM_ARGUMENT_MISSING"],
      ["prometheusUrl", "ASM_URL_INVALID"],
    ]),
  );
  expect(stack).toEqual([]);
});

test("a new mesh and an existing one in the same place", () => {
  expect(refused({ existing: { meshId: "m-1" }, vpcId: "vpc-1", edition: "Enterprise" })).toEqual([
    ["vpcId", "ASM_EXISTING_CONTRADICTED"],
    ["edition", "ASM_EXISTING_CONTRADICTED"],
  ]);
  expect(refused(untyped('{ "existing": {} }'))).toEqual([["existing.meshId", "ASM_ARGUMENT_MISSING"]]);
});

test("whether there is a mesh already cannot come from another resource", () => {
  const late: AsmInstanceArgs = Object.assign({}, { existing: pulumi.output({ meshId: "m-1" }) });
  expect(refused(late)).toEqual([["existing", "ASM_ARGUMENT_LATE"]]);
  expect(refused({ existing: { meshId: pulumi.output("m-1") } })).toEqual([]);
});

test("what a program without types leaves out as null counts as left out", () => {
  expect(refused(untyped('{ "existing": { "meshId": "m-1" }, "vpcId": null }'))).toEqual([]);
  expect(
    refused(untyped('{ "existing": null, "vpcId": "v", "vswitchId": "s", "clusterId": "c", "tags": null }')),
  ).toEqual([]);
});

test("what is known only later is not judged at first, and then with its path", async () => {
  const late: object = { edition: pulumi.output("pro") };
  const args: AsmInstanceArgs = { vpcId: "v", vswitchId: "s", clusterId: "c", ...late };
  expect(() => validateMesh("asm", args)).not.toThrow();
  const judged = settled(args, (known) => validateMesh("asm", known)).apply(() => "nothing");
  const said = await new Promise((resolve) => {
    pulumi.recover(judged, (error) => error.message).apply(resolve);
  });
  expect(said).toMatch(/edition: ASM_CHOICE_UNKNOWN: "pro"/);
});

test("the text of a URL, which may be all that is needed to read a Prometheus, is not repeated", () => {
  const wrong = () => new AsmInstance("asm", { prometheusUrl: "http://x/?token=hunter2" });
  expect(wrong).toThrow("prometheusUrl: ASM_URL_INVALID");
  expect(wrong).not.toThrow("hunter2");
});
