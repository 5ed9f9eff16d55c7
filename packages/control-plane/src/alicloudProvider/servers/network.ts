import { createTime, part, region, type Server } from "./server.ts";

/** VPC, switch and security group. */
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
