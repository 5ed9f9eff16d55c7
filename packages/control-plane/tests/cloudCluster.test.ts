import { AckCluster } from "@asm-autoscaler/asm-autoscaler/cluster";
import { AsmInstance } from "@asm-autoscaler/asm-autoscaler/mesh";
import { MeshNamespace } from "@asm-autoscaler/asm-autoscaler/namespace";
import { MeshNetwork } from "@asm-autoscaler/asm-autoscaler/network";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type ControlPlane, startControlPlane } from "../src/index.ts";
import { type CloudRoom, openCloudRoom } from "./cloudRoom.ts";

let controlPlane: ControlPlane;
let room: CloudRoom;
beforeAll(async () => {
  controlPlane = await startControlPlane();
  room = await openCloudRoom(controlPlane.kubeconfig);
}, 120_000);
afterAll(async () => {
  await room?.stop();
  await controlPlane?.stop();
}, 60_000);

const namespaces = (): Promise<string> => controlPlane.kubectl(["get", "namespace", "--show-labels"]);

test("from nothing to a namespace in a cluster that the same program makes, and back", async () => {
  const program = async (): Promise<void> => {
    const network = new MeshNetwork("net", { zones: [{ zoneId: "cn-hangzhou-k", nodeCidr: "10.1.0.0/16" }] });
    const cluster = new AckCluster("ack", {
      vswitchIds: network.nodeVswitchIds,
      podCidr: "172.20.0.0/16",
      deletionProtection: false,
      nodePools: { system: { instanceTypes: ["ecs.g7.xlarge"], desiredSize: 2 } },
    });
    const mesh = new AsmInstance(
      "asm",
      {
        vpcId: network.vpcId,
        vswitchId: network.nodeVswitchIds.apply(([first]) => first ?? ""),
        clusterId: cluster.clusterId,
        deletionProtection: false,
      },
      { dependsOn: [cluster] },
    );
    const inCluster = { providers: [cluster.provider], dependsOn: [mesh] };
    new MeshNamespace("test", { name: "from-zero", deleteNamespace: true }, inCluster);
    new MeshNamespace("shared", { name: "with-others" }, inCluster);
  };
  const stack = await room.stack("from-zero", program);

  const previewed = await stack.preview();
  expect(room.cloud.calls()).toEqual([]);
  const { summary } = await stack.up();
  expect(summary.resourceChanges).toEqual(previewed.changeSummary);
  expect(await namespaces()).toMatch(/^from-zero .*istio-injection=enabled/m);

  await stack.refresh({ expectNoChanges: true });
  await stack.preview({ expectNoChanges: true });

  await stack.destroy();
  expect(await namespaces()).not.toContain("from-zero");
  expect(await namespaces()).toContain("with-others");
  expect(room.cloud.objects()).toEqual([]);
}, 180_000);
