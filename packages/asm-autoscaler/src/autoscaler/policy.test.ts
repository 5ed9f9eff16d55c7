import { parsePolicy } from "@asm-autoscaler/hpa-metrics";
import { expect, test } from "@jest/globals";
import { hpaOf, KEY, podinfo } from "../../testing/recordAutoscaler";
import { UNKNOWN } from "../validation/inputs";
import { TrafficMetricPolicy, type TrafficMetricPolicyArgs } from "./metricArgs";
import { policiesErrors, policyTexts } from "./policy";

const errorsOf = (onError: object) =>
  policiesErrors("p", { onError }).map(({ path, code }) => [path.replace(".onError", ""), code]);

test.each<[TrafficMetricPolicyArgs, string]>([
  [{ policy: "Hold" }, "hold"],
  [{ policy: "Zero" }, "zero"],
  [{ lastFor: "10m" }, "last-for 10m"],
  [{ value: 5 }, "value 5"],
  [{ value: 0 }, "value 0"],
  [{ value: 0.125 }, "value 0.125"],
  [{ value: 999_999_999_999_999 }, "value 999999999999999"],
])("%j is the annotation %j", async (policy, text) => {
  expect(errorsOf(policy)).toEqual([]);
  expect(parsePolicy("p", text)).toHaveProperty("policy");
  const metrics = [{ requestsPerSecond: 10, queryName: "rps", onNoData: policy, onError: policy }];
  const { annotations } = (await hpaOf({ ...podinfo, metrics })).metadata;
  expect([annotations[`${KEY}on-no-data.rps`], annotations[`${KEY}on-error.rps`]]).toEqual([text, text]);
});

test("without a policy there is no annotation of one", () => {
  expect(policyTexts({})).toEqual({});
});

test.each([
  [{}, "p", "ASM_POLICY_INVALID"],
  [{ policy: "Hold", value: 1 }, "p", "ASM_POLICY_INVALID"],
  [{ lastFor: "soon" }, "p.lastFor", "ASM_POLICY_INVALID"],
  [{ lastFor: "0s" }, "p.lastFor", "ASM_POLICY_INVALID"],
  [{ value: -1 }, "p.value", "ASM_NUMBER_INVALID"],
  [{ value: 1e15 }, "p.value", "ASM_NUMBER_INVALID"],
  [{ value: 0.0001 }, "p.value", "ASM_NUMBER_INVALID"],
])("%j is refused", (policy, path, code) => {
  expect(errorsOf(policy)).toEqual([[path, code]]);
});

test("a policy that is known only later is not judged", () => {
  expect(policiesErrors("p", { onNoData: UNKNOWN, onError: UNKNOWN })).toEqual([]);
});

test("Direct is a policy of onError only", async () => {
  const metrics = [{ requestsPerSecond: 10, queryName: "rps", onError: { policy: TrafficMetricPolicy.Direct } }];
  const { annotations } = (await hpaOf({ ...podinfo, metrics })).metadata;
  expect(annotations[`${KEY}on-error.rps`]).toBe("direct");
  expect(annotations).not.toHaveProperty([`${KEY}reaction.rps`]);
  expect(policiesErrors("p", { onNoData: { policy: "Direct" } })).toMatchObject([
    { path: "p.onNoData.policy", code: "ASM_POLICY_INVALID" },
  ]);
});
