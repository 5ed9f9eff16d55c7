import {
  AckCluster,
  AckClusterDataDiskCategory,
  AckClusterDiskPerformanceLevel,
  AckClusterImageType,
  AckClusterScalerType,
  AckClusterScalingType,
  AckClusterSpotStrategy,
  AckClusterTaintEffect,
  AckClusterUpgradeChannel,
  AsmInstance,
  ImagePullPolicy,
  MeshNamespace,
  MeshNetwork,
  MetricsAdapter,
  OperatorPrometheus,
  TrafficAutoscaler,
} from "@asm-autoscaler/asm-autoscaler";
import * as pulumi from "@pulumi/pulumi";

/**
 * A private cluster and its mesh in an existing VPC, with the Prometheus Operator, the image registry and the tags of a
 * company.
 *
 * Pulumi must run where it reaches the VPC. The VPC must have a NAT gateway, or another way to the registry. The workload
 * and the Prometheus Operator come from other stacks: `pulumi up` the cluster and the mesh first, with `workloads` false,
 * then those, then this again with `workloads` true.
 * To run it elsewhere, copy this folder, then run `npm install`, `pulumi stack init prod` and `pulumi up`.
 */
export default function production() {
  const config = new pulumi.Config();
  const tags = { team: config.require("team"), environment: "production" };
  const resourceGroupId = config.require("resourceGroupId");

  const network = new MeshNetwork("network", {
    existing: {
      vpcId: config.require("vpcId"),
      nodeVswitchIds: config.requireObject<string[]>("nodeVswitchIds"),
      podVswitchIds: config.requireObject<string[]>("podVswitchIds"),
    },
  });
  const cluster = new AckCluster("cluster", {
    vswitchIds: network.nodeVswitchIds,
    podVswitchIds: network.podVswitchIds,
    publicEndpoint: false,
    natGateway: false, // the VPC has one
    ...{ tags, resourceGroupId },
    encryptionProviderKey: config.require("kmsKeyId"),
    controlPlaneLogs: ["apiserver", "kcm", "scheduler"],
    controlPlaneLogTtl: "90",
    auditLogConfig: { enabled: true },
    maintenanceWindow: { maintenanceTime: "2026-01-01T02:00:00+08:00", duration: "4h", weeklyPeriod: "Tuesday" },
    operationPolicy: { clusterAutoUpgrade: { enabled: true, channel: AckClusterUpgradeChannel.Patch } },
    nodeAutoscaler: { scalerType: AckClusterScalerType.Goatscaler },
    nodePools: {
      system: {
        instanceTypes: ["ecs.g8i.xlarge"],
        desiredSize: 3,
        imageType: AckClusterImageType.AliyunLinux3,
        systemDiskPerformanceLevel: AckClusterDiskPerformanceLevel.PL1,
        management: { autoRepair: true, autoVulFix: true, autoUpgrade: true, maxUnavailable: 1 },
      },
      // Several instance types, so that one of them is likely to be available. Only pods that tolerate the taint run here.
      spot: {
        instanceTypes: ["ecs.g8i.2xlarge", "ecs.g7.2xlarge", "ecs.c8i.4xlarge"],
        maxSize: 50,
        spotStrategy: AckClusterSpotStrategy.SpotAsPriceGo,
        scalingType: AckClusterScalingType.Spot,
        taints: [{ key: "spot", value: "true", effect: AckClusterTaintEffect.NoSchedule }],
        labels: { capacity: "spot" },
        tags: { capacity: "spot" },
        dataDisks: [{ category: AckClusterDataDiskCategory.CloudEssd, size: 200, encrypted: "true" }],
        extra: { multiAzPolicy: "COST_OPTIMIZED", compensateWithOnDemand: true },
      },
    },
  });
  const mesh = new AsmInstance(
    "mesh",
    {
      vpcId: network.vpcId,
      vswitchId: network.meshVswitchId,
      clusterId: cluster.clusterId,
      accessLog: { enabled: true, sidecarEnabled: true, sidecarLifecycle: 7 },
      controlPlaneLog: { enabled: true },
      tags,
    },
    { dependsOn: cluster },
  );
  if (!config.requireBoolean("workloads")) return { clusterId: cluster.clusterId, kubeconfig: cluster.kubeconfig };

  const inCluster = { providers: [cluster.provider], dependsOn: [mesh] };
  const namespace = new MeshNamespace("shop", { name: "shop", create: false }, inCluster);
  const release = config.require("prometheusRelease");
  const prometheus = new OperatorPrometheus("prometheus", { release, scrapeEnvoy: true }, inCluster);
  const adapter = new MetricsAdapter(
    "adapter",
    {
      prometheus: prometheus.endpoint,
      imageRegistry: config.require("imageRegistry"),
      ...{ imagePullSecrets: ["registry"], imagePullPolicy: ImagePullPolicy.Always },
      // Alerts and a scrape configuration, with the labels that the operator's Prometheus selects by.
      ...{ prometheusOperator: true, prometheusOperatorLabels: { release }, grafanaDashboard: true },
    },
    inCluster,
  );
  const web = new TrafficAutoscaler(
    "web",
    {
      namespace: "shop",
      target: "web",
      ...{ minReplicas: 3, maxReplicas: 60 },
      scrapeIntervalSeconds: prometheus.scrapeIntervalSeconds,
      metrics: [{ requestsPerSecond: 100 }, { latencyMilliseconds: 300 }],
    },
    { ...inCluster, dependsOn: [namespace, adapter] },
  );
  return { clusterId: cluster.clusterId, kubeconfig: cluster.kubeconfig, hpa: web.name, images: adapter.images };
}
