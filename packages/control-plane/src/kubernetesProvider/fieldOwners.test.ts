import { describe, expect, test } from "@jest/globals";
import type { JsonObject } from "../providerProtocol/json.ts";
import { handOver, keepIgnored } from "./fieldOwners.ts";

const ours = "pulumi-kubernetes-1";
const posted = { manager: ours, operation: "Update", fieldsV1: { "f:spec": { "f:group": {} } } };
const adapters = { manager: "adapter", operation: "Update", fieldsV1: { "f:spec": { "f:caBundle": {} } } };

describe("the owners of fields", () => {
  const owners = (...managedFields: JsonObject[]) => ({ metadata: { managedFields } });
  const applied = { ...posted, operation: "Apply" };

  test("what we once posted counts as applied, and nobody else's fields do", () => {
    expect(handOver(owners(posted, adapters), ours)).toEqual([adapters, applied]);
    expect(handOver(owners(applied, adapters), ours)).toBeUndefined();
  });

  test.each([
    ["kubectl-client-side-apply", "Update", true],
    ["kubectl-autoscale", "Update", true],
    ["kubectl", "Apply", true],
    ["before-first-apply", "Update", true],
    ["helm", "Update", false],
    ["helm", "Apply", false],
    ["kube-controller-manager", "Update", false],
  ])("an update takes over the fields of %s (%s): %s", (manager, operation, takes) => {
    const theirs = { manager, operation, fieldsV1: { "f:spec": { "f:maxReplicas": {} } } };
    const union = { "f:spec": { "f:group": {}, "f:maxReplicas": {} } };
    expect(handOver(owners(theirs, applied), ours)).toEqual(takes ? [{ ...applied, fieldsV1: union }] : undefined);
  });

  test("a status that kubectl wrote stays its own", () => {
    const theirs = { manager: "kubectl-edit", operation: "Update", subresource: "status", fieldsV1: {} };
    expect(handOver(owners(theirs), ours)).toBeUndefined();
  });

  test("an ignored field of somebody else is not sent", () => {
    const live = { metadata: { managedFields: [posted, adapters] }, spec: { caBundle: "theirs" } };
    const inputs = { spec: { caBundle: "old", group: "g" } };
    expect(keepIgnored(inputs, live, ours, ["spec.caBundle"])).toEqual({ spec: { group: "g" } });
  });

  test("an ignored field of ours is sent with its live value, so that it is not removed", () => {
    const live = { metadata: { managedFields: [posted] }, spec: { group: "live" } };
    expect(keepIgnored({ spec: { group: "old" } }, live, ours, ["spec.group"])).toEqual({ spec: { group: "live" } });
  });
});
