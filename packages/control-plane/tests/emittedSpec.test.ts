import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ResourceTransform } from "@pulumi/pulumi";
import { type LocalCluster, startLocalCluster } from "../src/localCluster.ts";

let cluster: LocalCluster;

beforeAll(async () => {
  cluster = await startLocalCluster();
}, 600_000);

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

/** Seconds that a Deployment or the APIService gets here; whole, they need about six. */
const AWAIT = "12s";
/** The gate takes out what differs in kind, the nightly run (`EMITTED=all`) everything. Each takes 20 seconds. */
const isNightly = process.env["EMITTED"] === "all";

type Change = (properties: string) => string;

/** Brings up a MetricsAdapter with its emitted properties changed, by type, and destroys it again. */
async function upWith(changes: Readonly<Record<string, Change>>): Promise<"up" | string> {
  const changed = new Set<string>();
  const transform: ResourceTransform = ({ type, props, opts }) => {
    const shortly = { ...opts, customTimeouts: { create: AWAIT } };
    const change = changes[type];
    if (!change) return { props, opts: shortly };
    const before = JSON.stringify(props);
    const after = change(before);
    if (after !== before) changed.add(type);
    return { props: JSON.parse(after), opts: shortly };
  };
  const program = async () => {
    new MetricsAdapter(
      "adapter",
      { prometheus: { url: cluster.controlPlane.prometheusUrl }, replicas: 1 },
      { transforms: [transform] },
    );
  };
  const stack = await cluster.engine.stack({ project: "emitted", stack: "adapter", program });
  try {
    await stack.up();
    return "up";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await stack.destroy();
    // A change that changes nothing would prove nothing.
    expect([...changed]).toEqual(expect.arrayContaining(Object.keys(changes)));
  }
}

const without =
  (pattern: RegExp): Change =>
  (text) =>
    text.replace(pattern, "");
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const CLUSTER_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole";
const ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role";
const ROLE_BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding";
const noReader: Change = (text) => text.replace("extension-apiserver-authentication-reader", "nobody");

describe("of what the component emits for the adapter nothing can be taken out", () => {
  test("whole, it comes up", async () => {
    expect(await upWith({})).toBe("up");
  }, 120_000);

  // The right to watch HPAs is missed in adapterFaults.test.ts: without it a change counts late.
  const parts: [what: string, type: string, change: Change, failing: RegExp][] = [
    ["the right to patch the APIService", CLUSTER_ROLE, without(/(?<="get"),"patch"/), /APIService/],
    ["the mount of the bundle", DEPLOYMENT, without(/,\{[^{}]*"mountPath":"\/opt[^}]*\}/), /Deployment/],
  ];
  const nightly: typeof parts = [
    ["the right to list HPAs", CLUSTER_ROLE, without(/"list",/), /Deployment/],
    ["the right to write its Secret", ROLE, without(/,"update"/), /Deployment/],
    ["the binding to the front proxy's configuration", ROLE_BINDING, noReader, /Deployment/],
    ["the right to see the APIService", CLUSTER_ROLE, without(/"get",(?="patch")/), /APIService/],
    ["the right to read its Secret", ROLE, without(/"get",/), /Deployment/],
    [
      "the mount of the Prometheus servers",
      DEPLOYMENT,
      without(/\{[^{}]*"mountPath":"\/etc\/asm-metrics-adapter[^}]*\},/),
      /Deployment/,
    ],
    ["the mount of /tmp", DEPLOYMENT, without(/\{[^{}]*"mountPath":"\/tmp"[^}]*\},/), /Deployment/],
    ["the pod's address", DEPLOYMENT, (text) => text.replace('"POD_IP"', '"POD_PI"'), /Deployment/],
  ];

  test.each(isNightly ? [...parts, ...nightly] : parts)(
    "%s",
    async (_what, type, change, failing) => {
      expect(await upWith({ [type]: change })).toMatch(failing);
    },
    180_000,
  );

  if (!isNightly) return;
  test("the readiness probe: it alone keeps an adapter that cannot list HPAs from counting as available", async () => {
    const unprobed = without(/"readinessProbe":\{"[^}]*\}[^}]*\},/);
    expect(await upWith({ [CLUSTER_ROLE]: without(/"list",/), [DEPLOYMENT]: unprobed })).toBe("up");
  }, 120_000);
});
