import { type JsonObject, textAt } from "../../providerProtocol/json.ts";
import { type Making, part, region, type Server } from "./server.ts";

/**
 * ACK: managed clusters. It is not known which pod CIDR and node mask the real service returns for a Terway cluster. So
 * the stand-in returns the worst case: values that differ from the request.
 */
export const clusterServer: Server = {
  newId: (_, cloud) => cloud.newId("c", 32),
  choices: (making) => ({
    clusterSpec: "ack.standard",
    version: "1.34.1-aliyun.1",
    profile: "Default",
    ipStack: "ipv4",
    serviceCidr: "192.168.0.0/16",
    proxyMode: "ipvs",
    clusterDomain: "cluster.local",
    timezone: "Asia/Shanghai",
    customSan: "",
    encryptionProviderKey: "",
    autoMode: { enabled: false },
    enableRrsa: false,
    deletionProtection: false,
    disableEncryption: true,
    resourceGroupId: "rg-acfm000000000",
    securityGroupId: part("sg-bp1", making.id),
    vswitchIds: making.inputs["workerVswitchIds"] ?? [part("vsw-bp1", making.id)],
    podCidr: "172.20.0.0/16",
    auditLogConfig: { enabled: false, slsProjectName: "" },
    maintenanceWindow: { enable: false, duration: "", maintenanceTime: "", weeklyPeriod: "" },
    operationPolicy: { clusterAutoUpgrade: { enabled: false, channel: "" } },
    controlPlaneLogComponents: [],
    ...(making.inputs["controlPlaneLogComponents"] !== undefined && {
      controlPlaneLogProject: `k8s-log-${making.id}`,
      controlPlaneLogTtl: "30",
    }),
  }),
  facts: (making) => ({
    vpcId: vpcOf(making),
    slbId: part("lb-bp1", making.id),
    workerRamRoleName: `KubernetesWorkerRole-${making.id.slice(1, 9)}`,
    natGatewayId: making.inputs["newNatGateway"] === false ? "" : part("ngw-bp1", making.id),
    rrsaMetadata: rrsa(making),
    ...endpoints(making),
    ...(making.inputs["skipSetCertificateAuthority"] !== true && {
      certificateAuthority: {
        clusterCert: making.access.clusterCertificate,
        clientCert: making.access.clientCertificate,
        clientKey: making.access.clientKey,
      },
    }),
    ...(making.inputs["podVswitchIds"] !== undefined && { nodeCidrMask: 26 }),
  }),
};

function endpoints({ id, inputs, access }: Making): JsonObject {
  const host = new URL(access.server).hostname;
  const internet = inputs["slbInternetEnabled"] !== false;
  return {
    slbInternet: internet ? host : "",
    slbIntranet: host,
    connections: {
      apiServerInternet: internet ? access.server : "",
      apiServerIntranet: access.server,
      masterPublicIp: internet ? host : "",
      serviceDomain: `*.${id}.${region}.alicontainer.com`,
    },
  };
}

function rrsa({ id, inputs }: Making): JsonObject {
  if (inputs["enableRrsa"] !== true) {
    return { enabled: false, ramOidcProviderArn: "", ramOidcProviderName: "", rrsaOidcIssuerUrl: "" };
  }
  const name = `ack-rrsa-${id}`;
  return {
    enabled: true,
    ramOidcProviderArn: `acs:ram::1234567890:oidc-provider/${name}`,
    ramOidcProviderName: name,
    rrsaOidcIssuerUrl: `https://oidc-ack-${region}.oss-${region}.aliyuncs.com/${id}`,
  };
}

/** The VPC of a cluster is the VPC of its first vSwitch. */
function vpcOf({ id, inputs, cloud }: Making): string {
  const vswitch = textAt(inputs, "vswitchIds", 0) ?? "";
  const found = cloud.get("alicloud:vpc/switch:Switch", vswitch);
  return textAt(found?.properties, "vpcId") ?? part("vpc-bp1", id);
}
