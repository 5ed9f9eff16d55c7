import { textAt } from "../../providerProtocol/json.ts";
import { createTime, part, type Server } from "./server.ts";

/** RAM: roles, users, their policies and access keys. */
export const accessServers: Readonly<Record<string, Server>> = {
  "alicloud:ram/role:Role": {
    newId: (inputs, cloud) => textAt(inputs, "roleName") ?? textAt(inputs, "name") ?? cloud.newId("terraform-", 20),
    choices: ({ id, inputs }) => ({
      roleName: id,
      description: "",
      maxSessionDuration: 3600,
      assumeRolePolicyDocument: inputs["document"] ?? "",
    }),
    facts: ({ id, inputs }) => ({
      name: id,
      arn: `acs:ram::1234567890:role/${id}`,
      roleId: part("3", id),
      createTime,
      document: inputs["assumeRolePolicyDocument"] ?? inputs["document"] ?? "",
    }),
  },
  "alicloud:ram/user:User": {
    newId: (_, cloud) => cloud.newId("2", 17),
    choices: () => ({ comments: "", displayName: "", email: "", mobile: "" }),
  },
  "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment": {
    newId: (inputs) =>
      ["role", ...["policyName", "policyType", "roleName"].map((key) => textAt(inputs, key))].join(":"),
  },
  "alicloud:ram/userPolicyAttachment:UserPolicyAttachment": {
    newId: (inputs) =>
      ["user", ...["policyName", "policyType", "userName"].map((key) => textAt(inputs, key))].join(":"),
  },
  "alicloud:ram/accessKey:AccessKey": {
    newId: (_, cloud) => cloud.newId("LTAI", 20),
    choices: () => ({ status: "Active" }),
    facts: ({ id }) => ({ secret: part("stand-in-secret-", id), createTime, keyFingerprint: "", encryptedSecret: "" }),
  },
};
