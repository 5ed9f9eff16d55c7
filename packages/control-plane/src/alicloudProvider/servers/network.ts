import { textAt } from "../../providerProtocol/json.ts";
import { createTime, part, region, type Server } from "./server.ts";

/** VPC, switch, NAT gateway, public address and security group. */
export const networkServers: Readonly<Record<string, Server>> = {
  "alicloud:vpc/network:Network": {
    newId: (_, cloud) => cloud.newId("vpc-bp1", 18),
    choices: ({ inputs }) => ({
      cidrBlock: "172.16.0.0/12",
      vpcName: inputs["name"] ?? "",
      description: "",
      enableIpv6: false,
      classicLinkEnabled: false,
      dnsHostnameStatus: "DISABLED",
      isDefault: false,
      resourceGroupId: "rg-acfm000000000",
      secondaryCidrBlocks: [],
      userCidrs: [],
      systemRouteTableName: "",
      systemRouteTableDescription: "",
      systemRouteTableRoutePropagationEnable: true,
    }),
    facts: ({ id, inputs }) => ({
      name: inputs["vpcName"] ?? inputs["name"] ?? "",
      createTime,
      regionId: region,
      routeTableId: part("vtb-bp1", id),
      routerTableId: part("vtb-bp1", id),
      routerId: part("vrt-bp1", id),
      status: "Available",
      ipv6CidrBlock: "",
      ipv6CidrBlocks: [],
    }),
  },
  "alicloud:vpc/switch:Switch": {
    newId: (_, cloud) => cloud.newId("vsw-bp1", 18),
    choices: ({ inputs }) => ({
      vswitchName: inputs["name"] ?? "",
      zoneId: inputs["availabilityZone"] ?? "",
      description: "",
      enableIpv6: false,
      isDefault: false,
    }),
    facts: ({ inputs }) => ({
      name: inputs["vswitchName"] ?? inputs["name"] ?? "",
      availabilityZone: inputs["zoneId"] ?? inputs["availabilityZone"] ?? "",
      createTime,
      status: "Available",
      ipv6CidrBlock: "",
    }),
  },
  "alicloud:vpc/natGateway:NatGateway": {
    newId: (_, cloud) => cloud.newId("ngw-bp1", 17),
    choices: () => ({
      ...{ deletionProtection: false, description: "", eipBindMode: "MULTI_BINDED", icmpReplyEnabled: true },
      ...{ internetChargeType: "PayByLcu", natType: "Enhanced", networkType: "internet", paymentType: "PayAsYouGo" },
      ...{ natGatewayName: "", privateLinkEnabled: false, specification: "", vswitchId: "" },
    }),
    facts: ({ id, inputs }) => ({
      name: inputs["natGatewayName"] ?? "",
      instanceChargeType: "PostPaid",
      snatTableIds: part("stb-bp1", id),
      forwardTableIds: part("ftb-bp1", id),
      status: "Available",
    }),
  },
  "alicloud:vpc/snatEntry:SnatEntry": {
    newId: (inputs, cloud) => `${textAt(inputs, "snatTableId")}:${cloud.newId("snat-bp1", 17)}`,
    choices: () => ({ snatEntryName: "", sourceCidr: "10.0.0.0/16" }),
    facts: ({ id }) => ({ snatEntryId: id.split(":")[1] ?? "", status: "Available" }),
  },
  "alicloud:ecs/eipAddress:EipAddress": {
    newId: (_, cloud) => cloud.newId("eip-bp1", 17),
    choices: () => ({
      ...{ addressName: "", bandwidth: "5", deletionProtection: false, description: "", isp: "BGP" },
      ...{ highDefinitionMonitorLogStatus: "OFF", internetChargeType: "PayByTraffic", netmode: "public" },
      ...{ paymentType: "PayAsYouGo", publicIpAddressPoolId: "", resourceGroupId: "rg-acfm000000000", zone: "" },
    }),
    facts: ({ inputs }) => ({
      name: inputs["addressName"] ?? "",
      instanceChargeType: "PostPaid",
      ipAddress: "192.0.2.10",
      createTime,
      status: "InUse",
    }),
  },
  "alicloud:ecs/eipAssociation:EipAssociation": {
    newId: (inputs) => `${textAt(inputs, "allocationId")}:${textAt(inputs, "instanceId")}`,
    choices: () => ({ instanceType: "Nat" }),
  },
  "alicloud:ecs/securityGroup:SecurityGroup": {
    newId: (_, cloud) => cloud.newId("sg-bp1", 17),
    choices: () => ({
      securityGroupName: "",
      securityGroupType: "normal",
      innerAccessPolicy: "Accept",
      description: "",
      resourceGroupId: "",
    }),
    facts: ({ inputs }) => ({
      name: inputs["securityGroupName"] ?? inputs["name"] ?? "",
      innerAccess: (inputs["innerAccessPolicy"] ?? "Accept") === "Accept",
      createTime,
    }),
  },
};
