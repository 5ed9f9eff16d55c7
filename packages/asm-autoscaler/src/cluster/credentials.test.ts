import { describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { computed, GivenProvider, recordCloud, TEMPORARY } from "../../testing/recordCloud";
import { CLUSTER, PROVIDER, recordCluster, terway } from "../../testing/recordCloudCluster";
import { only, type RecordedStack, tree } from "../../testing/recordStack";
import { AckCluster, type AckClusterArgs } from ".";

const PRIVATE_KEY = "cHJpdmF0ZSBrZXk=";
const CREDENTIAL = "alicloud:cs/getClusterCredential:getClusterCredential";

/** How Pulumi marks a secret value on its way to the engine. */
const SECRET = /\{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","value":"(?:[^"\\]|\\.)*"\}/g;

const inClear = (stack: RecordedStack) => stack.map(({ sent }) => sent.replaceAll(SECRET, "")).join("\n");

/** The text that the provider gets, which must be marked as a secret. */
function kubeconfigText(stack: RecordedStack): unknown {
  const { value, ...marks } = Object(only(stack, PROVIDER).inputs["kubeconfig"]);
  expect(JSON.stringify({ ...marks, value: "" })).toMatch(SECRET);
  return value;
}

const kubeconfigOf = (stack: RecordedStack): unknown => JSON.parse(String(kubeconfigText(stack)));

test("by default a kubeconfig holds the certificate of the cluster, as a secret, and nothing is asked", async () => {
  const { stack, calls } = await recordCluster(terway);
  expect(kubeconfigOf(stack)).toEqual({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "ack",
    clusters: [
      { name: "ack", cluster: { server: "https://internet.example:6443", "certificate-authority-data": "Y2E=" } },
    ],
    users: [{ name: "ack", user: { "client-certificate-data": "Y2VydA==", "client-key-data": PRIVATE_KEY } }],
    contexts: [{ name: "ack", context: { cluster: "ack", user: "ack" } }],
  });
  expect(only(stack, PROVIDER).sent).toContain(PRIVATE_KEY);
  expect(inClear(stack)).not.toContain(PRIVATE_KEY);
  expect(calls).toEqual([]);
});

/** Value and secrecy of the outputs of an AckCluster. */
async function outputsOf(args: AckClusterArgs): Promise<unknown> {
  const found: { [name: string]: unknown } = {};
  await recordCloud(() => {
    const { clusterId, vpcId, securityGroupId, kubeconfig } = new AckCluster("ack", args);
    for (const [name, output] of Object.entries({ clusterId, vpcId, securityGroupId, kubeconfig })) {
      pulumi.all([output, pulumi.isSecret(output)]).apply((known) => {
        found[name] = known;
      });
    }
  });
  return found;
}

test("of the outputs the kubeconfig is a secret, and nothing else is", async () => {
  expect(await outputsOf(terway)).toEqual({
    clusterId: ["ack-cluster-id", false],
    vpcId: ["vpc-of-the-cluster", false],
    securityGroupId: ["sg-of-the-cluster", false],
    kubeconfig: [expect.stringContaining(PRIVATE_KEY), true],
  });
});

test("a cluster that has no address on the internet is reached from inside", async () => {
  const filled = { ...computed[CLUSTER] };
  computed[CLUSTER] = { ...filled, connections: { apiServerInternet: "", apiServerIntranet: "https://10.1.0.9:6443" } };
  try {
    const { stack } = await recordCluster({ ...terway, publicEndpoint: false });
    expect(kubeconfigOf(stack)).toMatchObject({ clusters: [{ cluster: { server: "https://10.1.0.9:6443" } }] });
  } finally {
    computed[CLUSTER] = filled;
  }
});

test("Exec names the program, and holds no key", async () => {
  const { stack, calls } = await recordCluster({ ...terway, credentials: "Exec" });
  const [call] = [
    "credential-plugin get-credential --cluster-id ack-cluster-id --api-version v1beta1 --log-level error",
  ];
  expect(kubeconfigOf(stack)).toMatchObject({
    clusters: [{ cluster: { server: "https://internet.example:6443", "certificate-authority-data": "Y2E=" } }],
    users: [
      {
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "ack-ram-tool",
            args: call?.split(" "),
            interactiveMode: "Never",
          },
        },
      },
    ],
  });
  expect(only(stack, PROVIDER).sent).not.toContain(PRIVATE_KEY);
  expect(calls).toEqual([]);
});

describe("Temporary", () => {
  const temporary: AckClusterArgs = { ...terway, credentials: "Temporary" };

  test("asks for nothing before there is a cluster", async () => {
    expect((await recordCluster(temporary, true)).calls).toEqual([]);
  });

  test("asks once there is one, keeps the answer secret, and keeps lasting credentials out of the state", async () => {
    const { stack, calls } = await recordCluster(temporary);
    expect(calls).toMatchObject([
      { token: CREDENTIAL, inputs: { clusterId: "ack-cluster-id", temporaryDurationMinutes: 120 } },
    ]);
    expect(kubeconfigText(stack)).toBe(TEMPORARY);
    expect(inClear(stack)).not.toContain(TEMPORARY);
    expect(only(stack, CLUSTER).inputs).toMatchObject({ skipSetCertificateAuthority: true });
  });

  test("asks for as long as it is told, through the provider that the component was given", async () => {
    const { calls } = await recordCloud(() => {
      const providers = [new GivenProvider("alicloud")];
      new AckCluster("ack", { ...temporary, temporaryMinutes: 30 }, { providers });
    });
    expect(calls).toMatchObject([
      { inputs: { temporaryDurationMinutes: 30 }, provider: expect.stringContaining("given-alicloud") },
    ]);
  });
});

describe("an existing cluster", () => {
  const ids = { clusterId: "c-1", vpcId: "vpc-1" };
  const TREE = ["ack-provider: pulumi:providers:kubernetes < ack", "ack: asm-autoscaler:index:AckCluster"];

  test.each([false, true])(
    "gets a provider with its kubeconfig, and nothing is made or asked (preview %s)",
    async (preview) => {
      const { stack, calls } = await recordCluster(
        { existing: { ...ids, kubeconfig: "existing kubeconfig" } },
        preview,
      );
      expect(tree(stack)).toEqual(TREE);
      expect(kubeconfigText(stack)).toBe("existing kubeconfig");
      expect(only(stack, PROVIDER).inputs).toMatchObject({ clusterIdentifier: "c-1" });
      expect(stack.filter(({ sent }) => sent.includes("existing kubeconfig"))).toHaveLength(2);
      expect(inClear(stack)).not.toContain("existing kubeconfig");
      expect(calls).toEqual([]);
    },
  );

  test("is passed on, and only its kubeconfig is secret", async () => {
    const existing = { ...ids, securityGroupId: "sg-1", kubeconfig: "x" };
    expect(await outputsOf({ existing })).toEqual({
      clusterId: ["c-1", false],
      vpcId: ["vpc-1", false],
      securityGroupId: ["sg-1", false],
      kubeconfig: ["x", true],
    });
  });

  test("without a kubeconfig is asked for a temporary one", async () => {
    const { stack, calls } = await recordCluster({ existing: ids, credentials: "Temporary" });
    expect(calls).toMatchObject([{ token: CREDENTIAL, inputs: { clusterId: "c-1", temporaryDurationMinutes: 120 } }]);
    expect(tree(stack)).toEqual(TREE);
    expect(kubeconfigText(stack)).toBe(TEMPORARY);
    expect(inClear(stack)).not.toContain(TEMPORARY);
  });
});
