import { isDeepStrictEqual } from "node:util";
import { isObject, textAt } from "../../providerProtocol/json.ts";
import { kubeconfigOf } from "../clusterAccess.ts";
import { createTime, part, type Server } from "./server.ts";

/** Arguments of a mesh that only UpdateMeshFeature sends to the cloud. It is called only if another feature changes. */
const withFeatures = ["prometheusUrl", "customizedPrometheus"];

/** ASM: meshes, their extension providers and permissions. */
export const meshServers: Readonly<Record<string, Server>> = {
  "alicloud:servicemesh/serviceMesh:ServiceMesh": {
    newId: (_, cloud) => cloud.newId("c", 32),
    choices: ({ id }) => ({
      edition: "Default",
      clusterSpec: "standard",
      version: "v1.24.6.83-g2f9ed2b8-aliyun",
      serviceMeshName: id,
      clusterIds: [],
      extraConfiguration: { crAggregationEnabled: true },
      loadBalancer: { apiServerPublicEip: false, pilotPublicEip: false, pilotPublicEipId: "" },
      meshConfig: {
        telemetry: true,
        tracing: false,
        customizedZipkin: false,
        enableLocalityLb: true, // not documented: a value that is likely to cause a diff
        includeIpRanges: "*",
        outboundTrafficPolicy: "ALLOW_ANY",
        accessLog: { enabled: true, project: `mesh-log-${id}`, gatewayLifecycle: 30, sidecarLifecycle: 30 },
        audit: { enabled: false, project: "" },
        controlPlaneLog: { enabled: false, project: "", logTtlInDay: 30 },
        kiali: { enabled: false, authStrategy: "token", customPrometheusUrl: "", integrateClb: false },
        opa: { enabled: false, limitCpu: "2", limitMemory: "1024Mi", requestCpu: "1", requestMemory: "512Mi" },
        pilot: { http10Enabled: false, traceSampling: 1 },
        proxy: {
          clusterDomain: "cluster.local",
          limitCpu: "2",
          limitMemory: "1024Mi",
          requestCpu: "100m",
          requestMemory: "128Mi",
        },
        sidecarInjector: {
          autoInjectionPolicyEnabled: false,
          enableNamespacesByDefault: false,
          limitCpu: "4",
          limitMemory: "2Gi",
          requestCpu: "100m",
          requestMemory: "128Mi",
          initCniConfiguration: { enabled: false, excludeNamespaces: "istio-system,kube-system" },
        },
      },
    }),
    facts: ({ id, access, inputs }) => ({
      createTime,
      status: "running",
      kubeconfig: kubeconfigOf(access),
      network: {
        ...(isObject(inputs["network"]) ? inputs["network"] : {}),
        securityGroupId: part("sg-bp1", id),
      },
    }),
    accept: (old, next) => {
      const changed = Object.keys({ ...old, ...next }).filter((key) => !isDeepStrictEqual(old[key], next[key]));
      const features = changed.some((key) => key === "meshConfig");
      if (features) return next;
      const kept = withFeatures.filter((key) => old[key] !== undefined).map((key) => [key, old[key] ?? null] as const);
      const rest = Object.entries(next).filter(([key]) => !withFeatures.includes(key));
      return Object.fromEntries([...rest, ...kept]);
    },
  },
  "alicloud:servicemesh/extensionProvider:ExtensionProvider": {
    newId: (inputs) => ["serviceMeshId", "type", "extensionProviderName"].map((key) => textAt(inputs, key)).join(":"),
  },
  "alicloud:servicemesh/userPermission:UserPermission": {
    newId: (inputs) => textAt(inputs, "subAccountUserId") ?? "",
    choices: () => ({ permissions: [] }),
  },
};
