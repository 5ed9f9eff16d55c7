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
  /** Name of the VPC, and prefix of the names of the vSwitches. Defaults to the component's name. */
  networkName?: pulumi.Input<string>;
  /** Tags of the VPC and of the vSwitches. Defaults to none. */
  tags?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
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

/** An existing network. */
export interface MeshNetworkExistingArgs {
  /** Id of the VPC. */
  vpcId: pulumi.Input<string>;
  /** Ids of the vSwitches of nodes, at least one. */
  nodeVswitchIds: pulumi.Input<pulumi.Input<string>[]>;
  /** Ids of the vSwitches of pods, for Terway. Defaults to none. */
  podVswitchIds?: pulumi.Input<pulumi.Input<string>[]>;
}
