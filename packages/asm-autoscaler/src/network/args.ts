import type * as pulumi from "@pulumi/pulumi";

/** Arguments of a MeshNetwork: either zones, for a new network, or existing. */
export interface MeshNetworkArgs {
  /**
   * Zones of the network, at least one. Required for a new network. The outputs list the vSwitches in this order, so
   * add a new zone at the end. If you remove a zone, its vSwitches are deleted.
   */
  zones?: MeshNetworkZoneArgs[];
  /**
   * IPv4 CIDR block of the VPC, with a prefix length of 8 to 28. It must contain all vSwitches, and neither the
   * Services nor the Flannel pods of a cluster. Defaults to 10.0.0.0/8. A change is made in place.
   */
  cidrBlock?: pulumi.Input<string>;
  /**
   * Id of an existing VPC, in which the vSwitches are created. cidrBlock is then its block, and is only compared with those
   * of the zones. Defaults to a new VPC. A change replaces all vSwitches.
   */
  vpcId?: pulumi.Input<string>;
  /** Name of the VPC, and prefix of the names of the vSwitches. Defaults to the component's name. */
  networkName?: pulumi.Input<string>;
  /** Tags of everything that is created. Defaults to none. */
  tags?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
  /** Id of the resource group of a new VPC and of the public address of natGateway. A change is made in place. */
  resourceGroupId?: pulumi.Input<string>;
  /**
   * Whether to create a NAT gateway with a public address, at most 100 Mbit/s and paid by traffic, through which the
   * vSwitches reach the internet. Set natGateway of the AckCluster to false then, and give the cluster `dependsOn` with
   * this network, so that its nodes can pull images. Defaults to false: ACK creates one. If you change it to false, the
   * gateway and its address are deleted.
   */
  natGateway?: boolean;
  /**
   * A NAT gateway that the VPC has already, through which the vSwitches reach the internet. Only with vpcId, and not with
   * natGateway. Set natGateway of the AckCluster to false then.
   */
  existingNat?: MeshNetworkExistingNatArgs;
  /** An existing network. The component then creates nothing, and no other argument may be set. */
  existing?: MeshNetworkExistingArgs;
}

/** One zone of a MeshNetwork. */
export interface MeshNetworkZoneArgs {
  /**
   * Id of the zone, such as cn-hangzhou-k, unique in the list. It is part of the resource names, so a change replaces
   * the vSwitches.
   */
  zoneId: string;
  /** IPv4 CIDR block of the vSwitch of nodes, with a prefix length of 16 to 29. A change replaces the vSwitch. */
  nodeCidr: pulumi.Input<string>;
  /**
   * IPv4 CIDR block of the vSwitch of pods, with a prefix length of 16 to 29. Each pod takes one address. Set it for
   * all zones (Terway) or for none (Flannel). A change replaces the vSwitch.
   */
  podCidr?: pulumi.Input<string>;
}

/** A NAT gateway that exists. */
export interface MeshNetworkExistingNatArgs {
  /** Id of its SNAT table, such as stb-bp1…. A change replaces the entries in it. */
  snatTableId: pulumi.Input<string>;
  /** Its public addresses, separated by commas. */
  snatIp: pulumi.Input<string>;
}

/** An existing network. */
export interface MeshNetworkExistingArgs {
  /** Id of the VPC. */
  vpcId: pulumi.Input<string>;
  /** Ids of the vSwitches of nodes, at least one. */
  nodeVswitchIds: pulumi.Input<pulumi.Input<string>[]>;
  /** Ids of the vSwitches of pods, for Terway. Defaults to none. */
  podVswitchIds?: pulumi.Input<pulumi.Input<string>[]>;
}
