import { describe, expect, test } from "@jest/globals";
import { handOver, keepIgnored } from "./fieldOwners.ts";

const posted = { manager: "ours", operation: "Update", fieldsV1: { "f:spec": { "f:group": {} } } };
const adapters = { manager: "adapter", operation: "Update", fieldsV1: { "f:spec": { "f:caBundle": {} } } };

describe("the owners of fields", () => {
  test("what we once posted counts as applied, and nobody else's fields do", () => {
    expect(handOver({ metadata: { managedFields: [posted, adapters] } }, "ours")).toEqual({
      managedFields: [{ ...posted, operation: "Apply" }, adapters],
    });
    const applied = { ...posted, operation: "Apply" };
    expect(handOver({ metadata: { managedFields: [applied, adapters] } }, "ours")).toBeUndefined();
  });

  test("an ignored field of somebody else is not sent", () => {
    const live = { metadata: { managedFields: [posted, adapters] }, spec: { caBundle: "theirs" } };
    const inputs = { spec: { caBundle: "old", group: "g" } };
    expect(keepIgnored(inputs, live, "ours", ["spec.caBundle"])).toEqual({ spec: { group: "g" } });
  });

  test("an ignored field of ours is sent with its live value, so that it is not removed", () => {
    const live = { metadata: { managedFields: [posted] }, spec: { group: "live" } };
    expect(keepIgnored({ spec: { group: "old" } }, live, "ours", ["spec.group"])).toEqual({ spec: { group: "live" } });
  });
});
